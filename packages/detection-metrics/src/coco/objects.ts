import type { TrueBox } from '../matching/match.ts';
import { checkArea, checkBox, checkEntry } from '../validate.ts';
import type { CocoObject } from './types.ts';

/** An object with its defaults. @throws MetricsError that names the entry and its key */
export function trueBoxOf(entry: CocoObject, where: string): TrueBox {
  const { bbox, area, iscrowd, difficult, id } = checkEntry(entry, where);
  checkBox(bbox, where);
  return {
    bbox,
    area: checkArea(area, bbox, where),
    crowd: Boolean(iscrowd),
    ignored: difficult === true,
    counts: id !== 0,
  };
}
