import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { writeWhole } from '../shared/files/write-whole.js';

const SERVICE_NAMES = ['postgres', 'temporal', 'notifier', 'worker'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

const identity = z.object({ pid: z.number().int().positive(), startedAt: z.string() });

const stackFile = z.object({
  host: identity,
  socket: z.string(),
  startedAt: z.string(),
  /** The build of the host, see `codeBuild`; absent when an older version wrote it. */
  build: z.string().nullable().optional(),
  /** The children of the host. External services have no entry. */
  services: z.array(identity.extend({ name: z.enum(SERVICE_NAMES) })),
  /** Addresses without credentials: this file never holds a password. */
  temporalAddress: z.string().nullable(),
  temporalUi: z.string().nullable(),
  notifierUrl: z.string().nullable(),
});
/** What a running host records in stack.json, so that the next host can end what a killed host left running. */
export type StackFile = z.infer<typeof stackFile>;

const ports = z.object({
  temporal: z.number().int().optional(),
  temporalUi: z.number().int().optional(),
  notifier: z.number().int().optional(),
});
/** The ports of the last start. */
export type Ports = z.infer<typeof ports>;

/** Reads the stack file; undefined when it is missing or invalid. */
export async function readStackFile(path: string): Promise<StackFile | undefined> {
  return stackFile.safeParse(await readJson(path)).data;
}

export async function writeStackFile(path: string, content: StackFile): Promise<void> {
  await writeJson(path, content);
}

export async function readPorts(path: string): Promise<Ports> {
  return ports.safeParse(await readJson(path)).data ?? {};
}

export async function writePorts(path: string, content: Ports): Promise<void> {
  await writeJson(path, content);
}

export async function removeStackFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

async function writeJson(path: string, content: unknown): Promise<void> {
  await writeWhole(path, `${JSON.stringify(content, null, 2)}\n`);
}
