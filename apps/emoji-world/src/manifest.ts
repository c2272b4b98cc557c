import sharp from 'sharp';
import { pinned } from './icon-sets.ts';
import { HELD_OUT_PAIRS, NOUNS } from './nouns.ts';
import type { Subset, World } from './scene.ts';
import { HELD_OUT_STYLE, type Style, TRAINING_STYLES } from './styles.ts';

/** Changes whenever the same settings would make other scenes. */
const GENERATOR_VERSION = 1;

/** Everything that decides what is in the files. */
export interface Settings {
  readonly generator: number;
  readonly seed: number;
  readonly size: number;
  readonly relations: number;
  readonly styles: readonly string[];
  readonly counts: Readonly<Record<Subset, number>>;
  readonly versions: Readonly<Record<string, string | undefined>>;
}

export interface Source extends Pick<Style, 'id' | 'title' | 'author' | 'license' | 'url'> {
  readonly package: string;
  readonly version: string;
  readonly integrity: string;
  /** Number of different drawings. */
  readonly drawings: number;
  readonly heldOut: boolean;
}

export interface Manifest {
  readonly settings: Settings;
  readonly sources: readonly Source[];
}

export function manifestOf(world: World, counts: Settings['counts'], lock: string): Manifest {
  const styles = TRAINING_STYLES.filter(({ id }) => world.styles.includes(id));
  return {
    settings: {
      generator: GENERATOR_VERSION,
      seed: world.seed,
      size: world.size,
      relations: world.relations,
      styles: styles.map(({ id }) => id),
      counts,
      versions: {
        sharp: sharp.versions.sharp,
        libvips: sharp.versions.vips,
        librsvg: sharp.versions.rsvg,
        ...Object.fromEntries([...styles, HELD_OUT_STYLE].map(({ id }) => [id, pinned(lock, id).version])),
      },
    },
    sources: [...styles, HELD_OUT_STYLE].map(({ id, title, author, license, url }) => ({
      id,
      title,
      author,
      license,
      url,
      package: `@iconify-json/${id}`,
      ...pinned(lock, id),
      drawings: Object.values(world.drawings.index[id] ?? {})
        .flat()
        .filter((icon) => icon !== '').length,
      heldOut: id === HELD_OUT_STYLE.id,
    })),
  };
}

/** Text of the data's README: contents, format, artists and licenses, which the licenses require with every copy. */
export function readmeOf({ settings, sources }: Manifest): string {
  const { counts, size, seed } = settings;
  const shareAlike = sources.filter(({ license }) => license.includes('-SA-')).map(({ title }) => title);
  const rows = sources.map(
    ({ id, title, author, license, url, package: name, version }) =>
      `| ${title} (\`${id}\`) | ${author} | ${license} | ${url} | ${name} ${version} |`,
  );
  return `# Emoji World

Scenes of ${size} x ${size} pixels, drawn by apps/emoji-world of GLIP on WebGPU with seed ${seed}.

| files | scenes | styles |
| --- | --- | --- |
| \`train.tar\`, \`train.json\`, \`train.index.json\` | ${counts.train} | ${settings.styles.length} |
| \`val/\`, \`val.json\` | ${counts.val} | the same |
| \`zeroshot/\`, \`zeroshot.json\`, \`subset: style\` | ${counts.style} | ${HELD_OUT_STYLE.title}, which occurs nowhere else |
| \`zeroshot/\`, \`zeroshot.json\`, \`subset: combo\` | ${counts.combo} | those of training, and one of ${HELD_OUT_PAIRS.length} held-out (color, noun) pairs in every scene |

${NOUNS.length} categories. The JSON is COCO's with captions: \`tokens_positive\` are the [begin, end) characters of the phrases that name an
object. Where \`caption_kind\` is \`referring\`, objects with an empty list are not meant by the caption, although their category may be
named in it. A mirrored picture needs "left" and "right" exchanged in its caption.

## Sources and licenses

The scenes contain resized, rotated, mirrored, recolored, slightly stretched and outlined copies of these drawings. Anyone passing
scenes on has to keep this attribution.${
    shareAlike.length > 0
      ? ` Scenes with drawings of ${shareAlike.join(' or ')} are adaptations of works under CC BY-SA
4.0, and may be passed on under that license only; \`renderer\` says which they are.`
      : ''
  }

| set | author | license | source | package |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
