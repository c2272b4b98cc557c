import sharp from 'sharp';
import { phraseOf } from './captions.ts';
import { HELD_OUT_PAIRS, NOUNS } from './nouns.ts';
import { makeScene, type Scene, type Subset, type World } from './scene.ts';
import { HELD_OUT_STYLE } from './styles.ts';

/** An image and its annotations as they are written, but for their ids and the file's name. */
export interface SceneRecord {
  readonly image: Readonly<Record<string, unknown>>;
  readonly annotations: readonly Readonly<Record<string, unknown>>[];
}

const QUALITY = 90;

/** A scene as JPEG (quality 90, 4:2:0) and JSON. */
export async function encodeScene(
  world: World,
  subset: Subset,
  index: number,
): Promise<{ jpeg: Uint8Array; record: SceneRecord }> {
  const scene = await makeScene(world, subset, index);
  if (subset === 'train' || subset === 'val') refuseHeldOut(scene);
  const { size } = world;
  const jpeg = await sharp(scene.picture, { raw: { width: size, height: size, channels: 3 } })
    .jpeg({ quality: QUALITY, chromaSubsampling: '4:2:0' })
    .toBuffer();
  return { jpeg, record: recordOf(scene, subset, size) };
}

/** @throws Error for a scene with the held-out style or a held-out pair, which would spoil every evaluation */
export function refuseHeldOut({ things }: Pick<Scene, 'things'>): void {
  for (const thing of things) {
    const { noun, color, style } = thing;
    if (style === HELD_OUT_STYLE.id || HELD_OUT_PAIRS.some(([c, name]) => c === color && name === noun.name))
      throw new Error(`a scene for training has a held-out ${phraseOf(thing)} in the style ${style}`);
  }
}

/** The key `colour` is the data's format. */
function recordOf({ things, caption }: Scene, subset: Subset, size: number): SceneRecord {
  return {
    image: {
      width: size,
      height: size,
      subset: subset === 'train' || subset === 'val' ? 'seen' : subset,
      caption: caption.text,
      caption_kind: caption.kind,
    },
    annotations: things.map(({ noun, color, style, icon, box, rotation, mirrored }, i) => ({
      category_id: NOUNS.indexOf(noun) + 1,
      bbox: box,
      area: box[2] * box[3],
      iscrowd: 0,
      colour: color ?? null,
      renderer: style,
      icon,
      tokens_positive: caption.spans[i],
      rotation_deg: rotation,
      mirrored,
    })),
  };
}
