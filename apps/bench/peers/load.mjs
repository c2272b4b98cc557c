/** Imports a library as a module of this folder would, whose dependencies they are. */
export function load(name) {
  return import(name);
}
