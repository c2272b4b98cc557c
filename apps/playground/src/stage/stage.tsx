import type { LabeledBox } from '@glip-wgpu/datasets';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Focus } from '../state/state.ts';
import { type Gesture, gestureAt, isLargeEnough, withGesture } from './edit-gesture.ts';
import { paint, type Scene } from './paint.ts';
import { StageTools } from './stage-tools.tsx';
import { boxAt, FITTED, pannedBy, pictureAt, type Size, viewportOf, type Zoom, zoomAt } from './viewport.ts';

interface StageProps {
  readonly scene: Scene | undefined;
  /** For those who cannot see it. */
  readonly description: string;
  readonly onFocus: (focus: Focus) => void;
  /** Boxes can be moved, resized and drawn. */
  readonly edit?: StageEdit | undefined;
  /** Takes a place in pixels of the picture that is clicked; without it clicks do nothing. */
  readonly onPick?: ((x: number, y: number) => void) | undefined;
  /** Identity of the picture: another one is shown fitted. */
  readonly picture: number | undefined;
}

export interface StageEdit {
  readonly boxes: readonly LabeledBox[];
  /** Of new boxes. */
  readonly label: string;
  readonly selected: number | undefined;
  readonly onChange: (boxes: readonly LabeledBox[], selected: number | undefined) => void;
}

const GRIP = 8; // pixels around an edge

const WHEEL = 0.0022;

/** The picture with its boxes, as large as the stage; it can be zoomed and moved. */
export function Stage({ scene, description, onFocus, picture, edit, onPick }: StageProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const [zoom, setZoom] = useState<Zoom>(FITTED);
  const [bare, setBare] = useState(false);
  const pointers = useRef(new Map<number, readonly [number, number]>());
  const hovered = useRef<number | undefined>(undefined);
  const gesture = useRef<Gesture | undefined>(undefined);

  useEffect(() => setZoom(FITTED), [picture]);

  useEffect(() => {
    const element = canvas.current as HTMLCanvasElement;
    const watch = new ResizeObserver(([{ contentRect }]) =>
      setSize({ width: contentRect.width, height: contentRect.height }),
    );
    watch.observe(element);
    return () => watch.disconnect();
  }, []);

  useLayoutEffect(() => {
    const element = canvas.current;
    const pen = element?.getContext('2d');
    if (!element || !pen || !scene || size.width === 0) return;
    const ratio = globalThis.devicePixelRatio || 1;
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (element.width !== width || element.height !== height) Object.assign(element, { width, height });
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const shown = bare ? { ...scene, boxes: [], heat: undefined, sampling: undefined } : scene;
    paint(pen, size, viewportOf(scene.picture, size, zoom), shown);
  }, [scene, size, zoom, bare]);

  const pointOf = (event: MouseEvent): readonly [number, number] => {
    const { left, top } = (canvas.current as HTMLCanvasElement).getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const zoomBy = (
    factor: number,
    at: readonly [number, number] = [size.width / 2, size.height / 2],
  ): void => {
    if (scene) setZoom((now) => zoomAt(scene.picture, size, now, factor, at));
  };

  useEffect(() => {
    const element = canvas.current as HTMLCanvasElement;
    const onWheel = (event: WheelEvent): void => {
      if (!scene || !(event.ctrlKey || event.metaKey || zoom.factor > 1)) return; // else the page scrolls
      event.preventDefault();
      zoomBy(Math.exp(-event.deltaY * WHEEL * (event.ctrlKey ? 4 : 1)), pointOf(event));
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  });

  const onPointerMove = (event: PointerEvent): void => {
    if (!scene) return;
    const at = pointOf(event);
    if (gesture.current && edit) {
      const point = pictureAt(viewportOf(scene.picture, size, zoom), at);
      const { label } = edit;
      const boxes = withGesture(edit.boxes, gesture.current, { at: point, picture: scene.picture, label });
      edit.onChange(boxes, gesture.current.index);
      return;
    }
    const before = pointers.current.get(event.pointerId);
    if (before && pointers.current.size === 2) {
      const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
      pointers.current.set(event.pointerId, at);
      if (other) zoomBy(distance(at, other) / Math.max(1, distance(before, other)), middle(at, other));
      return;
    }
    if (before && zoom.factor > 1) {
      pointers.current.set(event.pointerId, at);
      setZoom((now) => pannedBy(scene.picture, size, now, at[0] - before[0], at[1] - before[1]));
      return;
    }
    const { scale, ...place } = viewportOf(scene.picture, size, zoom);
    const found = boxAt(
      scene.boxes.map(({ box }) => box),
      pictureAt({ scale, ...place }, at),
      3 / scale,
    );
    if (found === hovered.current) return;
    hovered.current = found;
    onFocus(found === undefined ? undefined : { box: found });
  };
  const onPointerDown = (event: PointerEvent): void => {
    if (edit && scene && pointers.current.size === 0 && event.button === 0) {
      const view = viewportOf(scene.picture, size, zoom);
      const point = pictureAt(view, pointOf(event));
      gesture.current = gestureAt(edit.boxes, edit.selected, point, GRIP / view.scale);
      edit.onChange(edit.boxes, gesture.current.isNew ? undefined : gesture.current.index);
      canvas.current?.setPointerCapture(event.pointerId);
      return;
    }
    if (onPick && scene && event.button === 0)
      onPick(...pictureAt(viewportOf(scene.picture, size, zoom), pointOf(event)));
    pointers.current.set(event.pointerId, pointOf(event));
    if (zoom.factor > 1) canvas.current?.setPointerCapture(event.pointerId);
  };
  const onPointerEnd = (event: PointerEvent): void => {
    const drawn = gesture.current?.isNew && edit?.boxes[gesture.current.index];
    if (drawn && edit && !isLargeEnough(drawn.box)) edit.onChange(edit.boxes.slice(0, -1), undefined);
    gesture.current = undefined;
    pointers.current.delete(event.pointerId);
  };
  const onLeave = (): void => {
    if (hovered.current === undefined) return;
    hovered.current = undefined;
    onFocus(undefined);
  };

  return (
    <div class="stage-canvas">
      <canvas
        ref={canvas}
        id="stage"
        role="img"
        aria-label={description}
        class={edit ? 'editing' : zoom.factor > 1 ? 'zoomed' : ''}
        onPointerMove={onPointerMove}
        onPointerDown={onPointerDown}
        onPointerUp={onPointerEnd}
        onPointerCancel={onPointerEnd}
        onPointerLeave={onLeave}
        onDblClick={(event) => !edit && (zoom.factor > 1 ? setZoom(FITTED) : zoomBy(2.5, pointOf(event)))}
      />
      <StageTools
        isFitted={zoom.factor === 1}
        onZoom={zoomBy}
        onFit={() => setZoom(FITTED)}
        isBare={bare}
        onBare={setBare}
      />
    </div>
  );
}

const distance = (a: readonly [number, number], b: readonly [number, number]): number =>
  Math.hypot(a[0] - b[0], a[1] - b[1]);
const middle = (a: readonly [number, number], b: readonly [number, number]): [number, number] => [
  (a[0] + b[0]) / 2,
  (a[1] + b[1]) / 2,
];
