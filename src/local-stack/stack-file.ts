import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';

export const SERVICE_NAMES = ['postgres', 'temporal', 'notifier', 'worker'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

const identity = z.object({ pid: z.number().int().positive(), startedAt: z.string() });

const stackFile = z.object({
  host: identity,
  socket: z.string(),
  startedAt: z.string(),
  /** Only what runs as a child of the host: an external part has no entry. */
  services: z.array(identity.extend({ name: z.enum(SERVICE_NAMES) })),
  /** Public addresses; no password is ever in here. */
  temporalAddress: z.string().nullable(),
  temporalUi: z.string().nullable(),
  notifierUrl: z.string().nullable(),
  postgresPort: z.number().int().nullable(),
});
/** What a running host says of itself in stack.json; the next host ends what a killed one left. */
export type StackFile = z.infer<typeof stackFile>;

const ports = z.object({
  postgres: z.number().int().optional(),
  temporal: z.number().int().optional(),
  temporalUi: z.number().int().optional(),
  notifier: z.number().int().optional(),
});
/** The ports of the last start. */
export type Ports = z.infer<typeof ports>;

/** The file's content; undefined when there is none or it cannot be read as one (then it says nothing). */
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

let written = 0;

/** Whole or not at all: a reader, or a host killed in the middle, never meets half a file. */
async function writeJson(path: string, content: unknown): Promise<void> {
  written += 1;
  const temporary = `${path}.${process.pid}.${written}`;
  await writeFile(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, path);
}
