import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Files of an authority and of a server that it certifies. */
export interface Certificates {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/**
 * An authority of its own and a certificate for a server, made by `openssl` and valid for a day.
 *
 * @param names  of the server, such as `DNS:localhost` and `IP:127.0.0.1`
 * @throws Error if openssl is not installed
 */
export function makeCertificates(
  folder: string,
  names: readonly string[],
  title = 'authority',
): Certificates {
  const at = (name: string): string => join(folder, `${title}-${name}.pem`);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  const make = (args: readonly string[]): void => {
    execFileSync('openssl', ['req', '-x509', ...key, ...args], { stdio: 'ignore' });
  };
  make(['-subj', `/CN=${title}`, '-keyout', at('authority-key'), '-out', at('authority')]);
  make([
    ...['-subj', '/CN=redis', '-keyout', at('key'), '-out', at('certificate')],
    ...['-addext', `subjectAltName=${names.join(',')}`, '-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-CA', at('authority'), '-CAkey', at('authority-key')],
  ]);
  return { authority: at('authority'), certificate: at('certificate'), key: at('key') };
}
