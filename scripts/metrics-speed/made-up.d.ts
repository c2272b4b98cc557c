export interface Scale {
  readonly images: number;
  readonly classes: number;
  readonly detections: number;
}
export interface MadeUpDetection {
  readonly image_id: number;
  readonly category_id: number;
  readonly bbox: readonly number[];
  readonly score: number;
}
export function groundTruthOf(scale: Scale): {
  readonly images: readonly { readonly id: number }[];
  readonly categories: readonly { readonly id: number; readonly name: string }[];
  readonly annotations: readonly object[];
};
export function detectionsOf(scale: Scale, image: number, count: number): MadeUpDetection[];
