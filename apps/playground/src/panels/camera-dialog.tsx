import { useEffect, useRef, useState } from 'preact/hooks';
import type { Playground } from '../state/playground.ts';
import { STRINGS } from '../strings.ts';
import { Dialog } from './dialog.tsx';

/** A picture from the camera, or all that it sees. */
export function CameraDialog({ app }: { readonly app: Playground }) {
  const video = useRef<HTMLVideoElement>(null);
  const [stream, setStream] = useState<MediaStream>();
  const [refused, setRefused] = useState(false);
  const handedOver = useRef(false);

  useEffect(() => {
    let closed = false;
    let opened: MediaStream | undefined;
    const stop = (): void => {
      if (!handedOver.current) for (const track of opened?.getTracks() ?? []) track.stop();
    };
    const wanted = { video: { facingMode: 'environment', width: { ideal: 1280 } }, audio: false };
    const { mediaDevices } = navigator;
    (mediaDevices ? mediaDevices.getUserMedia(wanted) : Promise.reject(new Error('no camera')))
      .then((own) => {
        opened = own;
        if (closed) stop();
        else setStream(own);
      })
      .catch(() => setRefused(true));
    return () => {
      closed = true;
      stop();
    };
  }, []);
  useEffect(() => {
    if (!stream || !video.current) return;
    video.current.srcObject = stream;
    void video.current.play().catch(() => setRefused(true));
  }, [stream]);

  const take = async (): Promise<void> => {
    const source = video.current;
    if (!source?.videoWidth) return;
    const canvas = new OffscreenCanvas(source.videoWidth, source.videoHeight);
    canvas.getContext('2d')?.drawImage(source, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/png' });
    app.store.set({ dialog: undefined });
    await app.pictures.openFiles([new File([blob], 'camera.png', { type: 'image/png' })]);
  };
  const live = (): void => {
    if (!stream) return;
    handedOver.current = true;
    void app.runs.startLive(stream);
  };
  return (
    <Dialog title={STRINGS.camera.heading} onClose={() => app.store.set({ dialog: undefined })}>
      {refused ? (
        <p class="warning">{STRINGS.camera.refused}</p>
      ) : (
        <video ref={video} class="camera" muted playsInline aria-label={STRINGS.camera.preview} />
      )}
      <div class="row">
        <button type="button" class="button main" id="take" disabled={!stream} onClick={take}>
          {STRINGS.camera.take}
        </button>
        <button type="button" class="button" id="live" disabled={!stream} onClick={live}>
          {STRINGS.camera.live}
        </button>
      </div>
    </Dialog>
  );
}
