import { checkImages, edgesOf, type LabeledImage } from './labeled-image.ts';
import { escapeXml } from './xml.ts';

/** An image with predictions for Label Studio. https://labelstud.io/guide/predictions */
export interface LabelStudioTask {
  readonly data: { readonly image: string };
  readonly predictions: readonly [
    {
      readonly model_version: string;
      /** Mean of the boxes' scores; 0 without boxes. */
      readonly score: number;
      readonly result: readonly LabelStudioBox[];
    },
  ];
}

export interface LabelStudioBox {
  readonly id: string;
  readonly type: 'rectanglelabels';
  readonly from_name: 'label';
  readonly to_name: 'image';
  readonly original_width: number;
  readonly original_height: number;
  readonly image_rotation: 0;
  readonly score: number;
  /** Percent of the image's width and height. */
  readonly value: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly rotation: 0;
    readonly rectanglelabels: readonly [string];
  };
}

export interface LabelStudioOptions {
  /** URL by which Label Studio finds a file; its path by default. */
  readonly urlOf?: (file: string) => string;
  /** Tells predictions apart when several models label the same images. */
  readonly modelVersion?: string;
}

/**
 * Detections as tasks to import into Label Studio for review and correction; `labelStudioConfig` is the matching labeling
 * configuration. Images without detections are tasks too.
 *
 * @throws ExportError for invalid images
 */
export function toLabelStudio(
  images: readonly LabeledImage[],
  { urlOf = (file) => file, modelVersion = 'glip-wgpu' }: LabelStudioOptions = {},
): LabelStudioTask[] {
  checkImages(images);
  return images.map((image, i): LabelStudioTask => {
    const { width, height, detections } = image;
    const result = detections.map(({ label, box, score }, j): LabelStudioBox => {
      const [x1, y1, x2, y2] = edgesOf(box, image);
      const [x, y] = [(100 * x1) / width, (100 * y1) / height];
      return {
        id: `box-${i + 1}-${j + 1}`,
        type: 'rectanglelabels',
        from_name: 'label',
        to_name: 'image',
        original_width: width,
        original_height: height,
        image_rotation: 0,
        score,
        value: {
          x,
          y,
          width: (100 * (x2 - x1)) / width,
          height: (100 * (y2 - y1)) / height,
          rotation: 0,
          rectanglelabels: [label],
        },
      };
    });
    const total = detections.reduce((sum, { score }) => sum + score, 0);
    const score = total / Math.max(1, detections.length);
    return {
      data: { image: urlOf(image.file) },
      predictions: [{ model_version: modelVersion, score, result }],
    };
  });
}

/** The labeling configuration of a Label Studio project for `toLabelStudio`. */
export function labelStudioConfig(labels: readonly string[]): string {
  const values = labels.map((label) => `    <Label value="${escapeXml(label)}"/>\n`).join('');
  return `<View>
  <Image name="image" value="$image"/>
  <RectangleLabels name="label" toName="image">
${values}  </RectangleLabels>
</View>
`;
}
