import { type GlipConfig, glipL, glipT, glipTA, glipTB, glipTC } from '../config/config.ts';
import type { RemoteFile } from '../download/remote-file.ts';

/** A published model: its files and their origin. */
export interface PublishedModel {
  readonly name: string;
  readonly title: string;
  readonly trainedOn: string;
  readonly license: string;
  readonly config: GlipConfig;
  /** A .pth checkpoint. Size and checksum only if known. */
  readonly weights: RemoteFile;
  readonly vocabulary: RemoteFile;
}

const HUB = 'https://huggingface.co';
const REPOSITORIES = ['GLIPModel/GLIP', 'harold/GLIP'];

/** The vocabulary of every published model. */
export const bertVocabulary: RemoteFile = {
  name: 'bert-base-uncased/vocab.txt',
  urls: [
    `${HUB}/google-bert/bert-base-uncased/resolve/main/vocab.txt`,
    `${HUB}/bert-base-uncased/resolve/main/vocab.txt`,
  ],
  size: 231_508,
  sha256: '07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3',
};

const OPENMMLAB = 'https://download.openmmlab.com/mmdetection/v3.0/glip';

/** The models that the authors of GLIP published, and those that MMDetection fine-tuned on COCO. */
export const publishedModels: readonly PublishedModel[] = /* @__PURE__ */ allModels();

function allModels(): PublishedModel[] {
  // As https://github.com/microsoft/GLIP lists them.
  const [goldG, captions] = ['Objects365, GoldG', 'Objects365, GoldG, CC3M, SBU'];
  const a = original(
    'glip-t-a',
    'GLIP-T (A)',
    'Objects365',
    glipTA,
    'glip_a_tiny_o365',
    'tiny_a_mmdet-b3654169',
  );
  const b = original(
    'glip-t-b',
    'GLIP-T (B)',
    'Objects365',
    glipTB,
    'glip_tiny_model_o365',
    'tiny_b_mmdet-6dfbd102',
  );
  const c = original(
    'glip-t-c',
    'GLIP-T (C)',
    goldG,
    glipTC,
    'glip_tiny_model_o365_goldg',
    'tiny_c_mmdet-2fc427dd',
  );
  const t = original(
    'glip-t',
    'GLIP-T',
    captions,
    glipT,
    'glip_tiny_model_o365_goldg_cc_sbu',
    'tiny_mmdet-c24ce662',
  );
  const l = original(
    'glip-l',
    'GLIP-L',
    'FourODs, GoldG, CC3M+12M, SBU',
    glipL,
    'glip_large_model',
    'l_mmdet-abfe026b',
  );
  return [
    ...[a, b, c, t, l],
    // As https://github.com/open-mmlab/mmdetection/tree/main/configs/glip lists them.
    fineTuned(a, 'swin-t_a', '20230908_091856-39f01d03'),
    fineTuned(b, 'swin-t_b', '20230909_175354-e0c0c6d7'),
    fineTuned(c, 'swin-t_c', '20230909_175543-5fcb4b97'),
    fineTuned(t, 'swin-t', '20230910_125111-ad1025a0'),
    fineTuned(l, 'swin-l', '20230910_100800-e9be4274'),
  ];
}

/** A published model by its name, 'glip-t' for example. */
export function publishedModel(name: string): PublishedModel | undefined {
  return publishedModels.find((model) => model.name === name);
}

/** The file with the user's mirror first: a base URL with files under their cache names. */
export function withMirror(file: RemoteFile, mirror: string | undefined): RemoteFile {
  if (!mirror) return file;
  return { ...file, urls: [`${mirror.replace(/\/+$/, '')}/${file.name}`, ...file.urls] };
}

/** A model of the authors. The last mirror has MMDetection's file of the same weights. */
function original(
  name: string,
  title: string,
  trainedOn: string,
  config: GlipConfig,
  file: string,
  mmdetection: string,
): PublishedModel {
  const urls = REPOSITORIES.map((repository) => `${HUB}/${repository}/resolve/main/${file}.pth`);
  return {
    name,
    title,
    trainedOn,
    license: 'MIT',
    config,
    weights: { name: `${name}/${file}.pth`, urls: [...urls, `${OPENMMLAB}/glip_${mmdetection}.pth`] },
    vocabulary: bertVocabulary,
  };
}

/** A model that MMDetection fine-tuned on COCO: its configuration is that of the model it began with. */
function fineTuned(base: PublishedModel, backbone: string, run: string): PublishedModel {
  const folder = `glip_atss_${backbone}_fpn_dyhead_16xb2_ms-2x_funtune_coco`;
  const file = `${folder}_${run}.pth`;
  const name = `${base.name}-coco`;
  return {
    ...base,
    name,
    title: `${base.title}, fine-tuned on COCO`,
    trainedOn: `${base.trainedOn}, then COCO`,
    weights: { name: `${name}/${file}`, urls: [`${OPENMMLAB}/${folder}/${file}`] },
  };
}
