import { findComposeSpec } from '../../local/toolchain/tools/compose-check.ts';
import { output } from '../../local/toolchain/tool.ts';
import { repository } from '../support/processes/programs.ts';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Service {
  image?: string;
  command?: string[];
  entrypoint?: string[];
  environment?: Record<string, string | null>;
  env_file?: { path: string; required: boolean }[];
  healthcheck?: { test?: string[]; disable?: boolean };
  ports?: { target: number; published: string; host_ip?: string }[];
  volumes?: { type: string; source: string; target: string }[];
  depends_on?: Record<string, { condition: string }>;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  tmpfs?: string;
  networks?: Record<string, unknown>;
  profiles?: string[];
  secrets?: { source: string }[];
}

export interface Network {
  internal?: boolean;
  driver_opts?: Record<string, string>;
}

export interface Compose {
  secrets: Record<string, { environment?: string }>;
  services: Record<string, Service>;
  networks: Record<string, Network>;
}

/** The variables of a file like .env. */
export const readVariables = async (file: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await readFile(join(repository, file), 'utf8'))
      .split('\n')
      .filter((line) => /^\w+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

/**
 * docker-compose.yml as compose understands it, with the variables of .env.example. The specification's own reader checks
 * it against the schema and for consistency; filling in the variables is done here, since it has no .env.
 */
export async function readCompose(): Promise<Compose> {
  const variables = await readVariables('.env.example');
  const text = await readFile(join(repository, 'docker-compose.yml'), 'utf8');
  const filled = text.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, how: string, rest: string) => {
    const value = variables[name] || (how === '-' ? rest : '');
    if (value === '' && how !== '-')
      throw new Error(`.env.example has no value for ${name}, which docker-compose.yml needs`);
    return value;
  });
  const folder = await mkdtemp(join(tmpdir(), 'perennial-test-compose-'));
  try {
    await writeFile(join(folder, '.env'), '');
    await writeFile(join(folder, 'docker-compose.yml'), filled);
    const { path } = await findComposeSpec();
    const said = await output(path, ['-format', 'json', join(folder, 'docker-compose.yml')]);
    return JSON.parse(said.replaceAll(folder, repository)) as Compose;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Those that run our image. */
export const ours = (services: Record<string, Service>): [string, Service][] =>
  Object.entries(services).filter(([, { image }]) => image?.startsWith('perennial:'));
