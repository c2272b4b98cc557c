// A file of its own, so that bundles without image files, such as the training worker, leave the import out.
export { readImageFile } from '#image-files';
