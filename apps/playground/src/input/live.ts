/**
 * Frames of a camera or of a video file, as fast as they are taken: each is the newest one.
 *
 * @throws Error if the video cannot be played
 */
export async function* liveFrames(
  source: File | MediaStream,
  signal: AbortSignal,
): AsyncGenerator<ImageBitmap> {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  const url = source instanceof File ? URL.createObjectURL(source) : undefined;
  if (source instanceof File) {
    video.loop = true;
    video.src = url as string;
  } else video.srcObject = source;
  try {
    await video.play().catch(() => {
      const name = source instanceof File ? source.name : 'the camera';
      throw new Error(`${name} cannot be played by this browser`);
    });
    while (!signal.aborted && !ended(source)) {
      await nextFrame(video, signal);
      if (signal.aborted) return;
      yield await createImageBitmap(video);
    }
  } finally {
    video.pause();
    video.removeAttribute('src');
    video.srcObject = null;
    if (url) URL.revokeObjectURL(url);
    if (source instanceof MediaStream) for (const track of source.getTracks()) track.stop();
  }
}

function ended(source: File | MediaStream): boolean {
  return (
    source instanceof MediaStream && source.getTracks().every(({ readyState }) => readyState === 'ended')
  );
}

/** Resolves with the next frame that the video shows, or when the signal aborts. */
function nextFrame(video: HTMLVideoElement, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const handle = video.requestVideoFrameCallback(() => resolve());
    signal.addEventListener('abort', () => {
      video.cancelVideoFrameCallback(handle);
      resolve();
    });
  });
}
