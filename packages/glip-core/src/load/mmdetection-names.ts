/** Pairs of names, the original's and MMDetection's: `#` stands for a number, a final `*` for the rest of a name. */
const NAMES: readonly (readonly [original: string, mmdetection: string])[] = [
  ['backbone.body.patch_embed.proj.*', 'backbone.patch_embed.projection.*'],
  ['backbone.body.layers.#.blocks.#.mlp.fc1.*', 'backbone.stages.#.blocks.#.ffn.layers.0.0.*'],
  ['backbone.body.layers.#.blocks.#.mlp.fc2.*', 'backbone.stages.#.blocks.#.ffn.layers.1.*'],
  ['backbone.body.layers.#.blocks.#.attn.*', 'backbone.stages.#.blocks.#.attn.w_msa.*'],
  ['backbone.body.layers.#.*', 'backbone.stages.#.*'],
  ['backbone.body.*', 'backbone.*'],
  ['backbone.fpn.fpn_inner2.*', 'neck.lateral_convs.0.conv.*'],
  ['backbone.fpn.fpn_inner3.*', 'neck.lateral_convs.1.conv.*'],
  ['backbone.fpn.fpn_inner4.*', 'neck.lateral_convs.2.conv.*'],
  ['backbone.fpn.fpn_layer2.*', 'neck.fpn_convs.0.conv.*'],
  ['backbone.fpn.fpn_layer3.*', 'neck.fpn_convs.1.conv.*'],
  ['backbone.fpn.fpn_layer4.*', 'neck.fpn_convs.2.conv.*'],
  ['backbone.fpn.top_blocks.p6.*', 'neck.fpn_convs.3.conv.*'],
  ['backbone.fpn.top_blocks.p7.*', 'neck.fpn_convs.4.conv.*'],
  ['language_backbone.*', 'language_model.language_backbone.*'],
  ['rpn.*', 'bbox_head.*'],
];

/** Whole names, with a number or the rest of a name captured by each wildcard; and the name to fill these into. */
type Rule = readonly [pattern: RegExp, into: string];

const TO_MMDETECTION = /* @__PURE__ */ NAMES.map(([from, to]): Rule => [patternOf(from), to]);
const TO_ORIGINAL = /* @__PURE__ */ NAMES.map(([to, from]): Rule => [patternOf(from), to]);

/** True for a checkpoint of GLIP with MMDetection's names; a prefix `module.` does not matter. */
export function hasMMDetectionNames(names: Iterable<string>): boolean {
  for (const name of names) if (/^(module\.)?bbox_head\.head\./.test(name)) return true;
  return false;
}

/** True for names that only original checkpoints have. */
export function isOriginalName(name: string): boolean {
  return /^(backbone\.(body|fpn)|language_backbone|rpn)\./.test(name);
}

/** MMDetection's name of an original parameter, as its converter gives it. */
export function mmdetectionName(original: string): string {
  return translate(original, TO_MMDETECTION) ?? original;
}

/** The original's name of MMDetection's; undefined for a name that its converter does not give. */
export function originalName(name: string): string | undefined {
  const original = translate(name, TO_ORIGINAL);
  return original !== undefined && mmdetectionName(original) === name ? original : undefined;
}

function translate(name: string, rules: readonly Rule[]): string | undefined {
  for (const [pattern, into] of rules) {
    const parts = pattern.exec(name)?.slice(1);
    if (parts) return into.replace(/[#*]/g, () => parts.shift() ?? '');
  }
  return undefined;
}

function patternOf(name: string): RegExp {
  return new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('#', '(\\d+)').replace('*', '(.+)')}$`);
}
