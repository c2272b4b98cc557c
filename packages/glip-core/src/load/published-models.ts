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
  urls: ['google-bert/bert-base-uncased', 'bert-base-uncased'].map(
    (name) => `${HUB}/${name}/resolve/main/vocab.txt`,
  ),
  size: 231_508,
  sha256: '07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3',
};

/** The models that the authors of GLIP published, as https://github.com/microsoft/GLIP lists them. */
export const publishedModels: readonly PublishedModel[] = [
  published('glip-t-a', 'GLIP-T (A)', 'Objects365', glipTA, 'glip_a_tiny_o365.pth'),
  published('glip-t-b', 'GLIP-T (B)', 'Objects365', glipTB, 'glip_tiny_model_o365.pth'),
  published('glip-t-c', 'GLIP-T (C)', 'Objects365, GoldG', glipTC, 'glip_tiny_model_o365_goldg.pth'),
  published(
    'glip-t',
    'GLIP-T',
    'Objects365, GoldG, CC3M, SBU',
    glipT,
    'glip_tiny_model_o365_goldg_cc_sbu.pth',
  ),
  published('glip-l', 'GLIP-L', 'FourODs, GoldG, CC3M+12M, SBU', glipL, 'glip_large_model.pth'),
];

/** A published model by its name, 'glip-t' for example. */
export function publishedModel(name: string): PublishedModel | undefined {
  return publishedModels.find((model) => model.name === name);
}

/** The file with the user's mirror first: a base URL with files under their cache names. */
export function withMirror(file: RemoteFile, mirror: string | undefined): RemoteFile {
  if (!mirror) return file;
  return { ...file, urls: [`${mirror.replace(/\/+$/, '')}/${file.name}`, ...file.urls] };
}

function published(
  name: string,
  title: string,
  trainedOn: string,
  config: GlipConfig,
  file: string,
): PublishedModel {
  return {
    name,
    title,
    trainedOn,
    license: 'MIT',
    config,
    weights: {
      name: `${name}/${file}`,
      urls: REPOSITORIES.map((repository) => `${HUB}/${repository}/resolve/main/${file}`),
    },
    vocabulary: bertVocabulary,
  };
}
