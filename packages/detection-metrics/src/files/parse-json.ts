import { MetricsError } from '../errors.ts';

/**
 * Contents of a JSON file, of the type that the evaluator expects, which checks it.
 *
 * @param file  its name, for messages
 * @throws MetricsError that names the file and says where it is malformed
 */
export function parseJson<T>(text: string, file: string): T {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MetricsError(`not JSON: ${error instanceof Error ? error.message : error}`, { file });
  }
}
