import type { CategoryId, CocoDetection } from '../types.ts';
import { checkCategoryId, checkDetection, checkList } from '../validate.ts';
import type { TrueBox } from './match.ts';

/** Objects and detections of one category in an image. */
export interface Group {
  readonly objects: TrueBox[];
  readonly detections: CocoDetection[];
}

/** Entries of an image by their category's place; those of other categories are left out. */
export class Groups {
  readonly #places: ReadonlyMap<CategoryId, number>;
  readonly byPlace = new Map<number, Group>();

  constructor(places: ReadonlyMap<CategoryId, number>) {
    this.#places = places;
  }

  /** @throws MetricsError that names the entry, whose list is called `name` */
  addObjects<O extends { readonly category_id: CategoryId }>(
    objects: readonly O[],
    name: string,
    read: (object: O, where: string) => TrueBox | undefined,
  ): void {
    for (const [i, object] of checkList(objects, name).entries()) {
      const where = `${name}[${i}]`;
      const k = this.#places.get(checkCategoryId(object, where));
      const box = k === undefined ? undefined : read(object, where);
      if (k !== undefined && box) this.#group(k).objects.push(box);
    }
  }

  /** @throws MetricsError that names the entry, whose list is called `name` */
  addDetections(detections: readonly CocoDetection[], name: string): void {
    for (const [i, detection] of checkList(detections, name).entries()) {
      const where = `${name}[${i}]`;
      const k = this.#places.get(checkCategoryId(detection, where));
      if (k !== undefined) this.#group(k).detections.push(checkDetection(detection, where));
    }
  }

  #group(k: number): Group {
    const known = this.byPlace.get(k);
    if (known) return known;
    const group: Group = { objects: [], detections: [] };
    this.byPlace.set(k, group);
    return group;
  }
}
