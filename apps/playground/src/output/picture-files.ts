import { toSvg } from '@glip-wgpu/datasets';
import { paint, type Scene } from '../stage/paint.ts';
import { FITTED, viewportOf } from '../stage/viewport.ts';

const LONG_SIDE = 900; // pixels, to which small pictures are enlarged

function enlargement(width: number, height: number): number {
  return Math.max(1, Math.floor(LONG_SIDE / Math.max(width, height)));
}

/** The picture with its boxes as PNG, drawn as on the page. */
export async function toPng(scene: Scene, file: Blob | undefined): Promise<Blob> {
  const bitmap = file ? await createImageBitmap(file) : scene.bitmap;
  const { width, height } = scene.picture;
  const scale = enlargement(width, height);
  const canvas = new OffscreenCanvas(width * scale, height * scale);
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('the browser gives no canvas of this size');
  const whole = { width: width * scale, height: height * scale };
  paint(pen, whole, viewportOf(scene.picture, whole, FITTED), { ...scene, bitmap, focused: undefined });
  if (file) bitmap.close();
  return canvas.convertToBlob({ type: 'image/png' });
}

/** The picture with its boxes as SVG; the picture itself is inside. */
export async function toSvgFile({ picture, boxes, labels }: Scene, file: Blob | undefined): Promise<string> {
  const scale = enlargement(picture.width, picture.height);
  const href = file && (await dataUrl(file));
  return toSvg({ ...picture, detections: boxes }, { labels, scale, href });
}

function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
