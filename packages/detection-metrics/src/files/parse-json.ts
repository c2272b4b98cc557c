import { MetricsError } from '../errors.ts';

/**
 * Contents of a JSON file.
 *
 * @param file  its name, for messages
 * @throws MetricsError that names the file and says where it is malformed
 */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MetricsError(`not JSON: ${error instanceof Error ? error.message : error}`, { file });
  }
}
