import type { Values } from '../arguments/command.ts';

/** Options of `glip train`. */
export const TRAIN_OPTIONS = {
  data: {
    type: 'string',
    multiple: true,
    value: 'DIR',
    help: 'folder of pictures with boxes: COCO, YOLO, Pascal VOC or grounding JSON, found out by looking; further ones, such as pseudo labels, are trained on beside the first',
    elsewhere: ['dataset', 'source'],
  },
  model: {
    type: 'string',
    value: 'NAME|PATH|new',
    help: 'model to start from: a name, a file or a folder, or "new" for random weights (emoji-tiny)',
    elsewhere: ['weights', 'checkpoint'],
  },
  architecture: {
    type: 'string',
    value: 'NAME|PATH',
    help: 'with --model new: model whose configuration and vocabulary the new one has (emoji-tiny)',
  },
  recipe: {
    type: 'string',
    value: 'NAME',
    help: 'fine-tune (default), naming-first (default for a new model), original, or odinw: the original for small datasets',
  },
  shots: {
    type: 'string',
    value: 'N',
    help: 'only so many pictures that each class has N of them, drawn as GLIP does (all)',
    elsewhere: ['shot', 'few-shot'],
  },
  'shot-seed': {
    type: 'string',
    value: 'N',
    help: 'of that draw; 3, 30 and 300 in the paper (the first pictures)',
  },
  tune: {
    type: 'string',
    value: 'PART',
    help: 'full (default): all of the model; linear, prompt or prompt+linear: an adapter of it, a file of some kB to MB',
    elsewhere: ['tuning', 'adapter'],
  },
  config: {
    type: 'string',
    value: 'FILE',
    help: 'all of it in one file, such as the config.json of another run',
  },
  epochs: { type: 'string', value: 'N', help: 'passes over the training pictures (20)' },
  steps: {
    type: 'string',
    value: 'N',
    help: 'optimizer steps, instead of epochs',
    elsewhere: ['iterations', 'max-iter'],
  },
  batch: {
    type: 'string',
    value: 'N|auto',
    help: 'pictures per step (8; 4 for large models); auto: as many as fit into the memory',
    elsewhere: ['batch-size'],
  },
  accumulate: {
    type: 'string',
    value: 'N',
    help: 'parts in which the pictures of a step are computed: less memory, the same pictures (1)',
    elsewhere: ['gradient-accumulation-steps', 'accumulation'],
  },
  recompute: {
    type: 'boolean',
    help: 'compute what the backward pass needs again instead of keeping it: about half the memory, a quarter more time',
    elsewhere: ['gradient-checkpointing', 'checkpointing'],
  },
  precision: {
    type: 'string',
    value: 'FORMAT',
    help: 'f32 (default), or mixed: what the backward pass needs is kept in f16, for less memory; weights and sums stay f32',
    elsewhere: ['amp', 'fp16', 'mixed-precision'],
  },
  memory: {
    type: 'string',
    value: 'GB',
    help: "the GPU's memory, which WebGPU does not tell: a run that needs more is refused, with advice",
    elsewhere: ['gpu-memory', 'vram'],
  },
  'feature-disk': {
    type: 'string',
    value: 'GB',
    help: "room on the disk, in the run's folder and until its end, for outputs of frozen encoders that leave GPU memory; 0 for none (8)",
  },
  size: {
    type: 'string',
    multiple: true,
    value: 'PIXELS',
    help: "length of the pictures' shorter side; several for random ones (the model's)",
    elsewhere: ['imgsz', 'image-size'],
  },
  lr: {
    type: 'string',
    value: 'RATE',
    help: 'learning rate (1e-3; 1e-4 for large models)',
    elsewhere: ['learning-rate'],
  },
  freeze: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    help: 'beginning of the names of parameters that stay as they are, for example backbone.body',
  },
  'evaluate-every': {
    type: 'string',
    value: 'STEPS',
    help: 'steps from one evaluation to the next (an epoch, or as many images as an evaluation has; 5 to 20 in all)',
    elsewhere: ['val-interval', 'eval-interval', 'eval-steps', 'val-period'],
  },
  patience: { type: 'string', value: 'N', help: 'end after N evaluations without a better one (never)' },
  seed: { type: 'string', value: 'N', help: 'of everything random (1)' },
  name: { type: 'string', value: 'NAME', help: 'name of the run: its folder is runs/NAME' },
  resume: { type: 'string', value: 'DIR', help: 'go on with the run in this folder' },
  quiet: { type: 'boolean', help: 'print only errors' },
} as const;

export type TrainValues = Values<typeof TRAIN_OPTIONS>;
