import { checkImages, type ExportedFile, type LabeledImage, pathsBeside } from './labeled-image.ts';
import { escapeXml } from './xml.ts';

/**
 * Detections as files of Pascal VOC: `Annotations/NAME.xml` for each image. Boxes are whole pixels, counted from 1, the
 * last ones included. Images belong in `JPEGImages/`. http://host.robots.ox.ac.uk/pascal/VOC/
 *
 * @throws ExportError for invalid images
 */
export function toPascalVoc(images: readonly LabeledImage[]): ExportedFile[] {
  checkImages(images);
  const paths = pathsBeside(images, (file) => `Annotations/${file}.xml`);
  return images.map((image, i) => ({ path: paths[i], text: annotationOf(image) }));
}

function annotationOf({ file, width, height, detections }: LabeledImage): string {
  const pixel = (value: number, most: number): number => Math.min(Math.max(Math.round(value) + 1, 1), most);
  const objects = detections.map(({ label, box }) => {
    const [x1, x2] = [box[0], box[2]].map((x) => pixel(x, width));
    const [y1, y2] = [box[1], box[3]].map((y) => pixel(y, height));
    const cut = x1 === 1 || y1 === 1 || x2 === width || y2 === height;
    return `  <object>
    <name>${escapeXml(label)}</name>
    <pose>Unspecified</pose>
    <truncated>${cut ? 1 : 0}</truncated>
    <difficult>0</difficult>
    <bndbox>
      <xmin>${x1}</xmin>
      <ymin>${y1}</ymin>
      <xmax>${x2}</xmax>
      <ymax>${y2}</ymax>
    </bndbox>
  </object>
`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<annotation>
  <folder>JPEGImages</folder>
  <filename>${escapeXml(file)}</filename>
  <source>
    <database>GLIP on WebGPU</database>
  </source>
  <size>
    <width>${width}</width>
    <height>${height}</height>
    <depth>3</depth>
  </size>
  <segmented>0</segmented>
${objects.join('')}</annotation>
`;
}
