import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isAlive, type ProcessId, thisProcess } from '../../adapters/machine/processes.ts';
import { readProcessFile } from '../../adapters/machine/running.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { machineIn } from '../../wiring/settings.ts';

/** Where "npm start" looks for free ports from; the prediction server's is an option. */
export const standardPorts = { postgres: 15_320, temporal: 7_233, temporalUi: 8_233 };

const PORTS_TRIED = 100;

// A port that this process has handed out stays taken: its user may not listen yet.
const handedOut = new Set<number>();
process.once('exit', () => handedOut.forEach(returnPort));

export interface PortOptions {
  host?: string;
  /** The last port to try. */
  upTo?: number;
  /** Ports kept for something else. */
  reserved?: Iterable<number>;
}

/**
 * The preferred port, or the next one above it that is free; `moved` tells which. No other process of this user that
 * asks here gets it as well while this one lives: a server takes a second to listen on what it was given.
 */
export async function freePort(
  preferred: number,
  options: PortOptions = {},
): Promise<{ port: number; moved: boolean }> {
  const { host = '127.0.0.1', upTo = Math.min(65_535, preferred + PORTS_TRIED - 1) } = options;
  const reserved = new Set(options.reserved);
  for (let port = preferred; port <= upTo; port++) {
    if (handedOut.has(port) || reserved.has(port)) continue;
    handedOut.add(port); // before the check, which takes a moment in which another may ask
    if ((await isFree(port, host)) && claim(port)) return { port, moved: port !== preferred };
    handedOut.delete(port);
  }
  throw new UserError(
    'NO_FREE_PORT',
    `No port from ${preferred} to ${upTo} on ${host} is free. Stop a program that uses one, or choose another port.`,
  );
}

/** Releases a port, when its listener has stopped. */
export function returnPort(port: number): void {
  handedOut.delete(port);
  rmSync(claimOf(port, process.pid), { force: true });
}

const claimsFolder = (): string => join(machineIn().cacheFolder, 'ports');
const claimOf = (port: number, pid: number): string => join(claimsFolder(), `${port}-${pid}.json`);

/**
 * Each process writes its own claim, then reads the others': the second writer sees the first. Two simultaneous claims
 * can both give up, but never both continue.
 */
function claim(port: number): boolean {
  mkdirSync(claimsFolder(), { recursive: true });
  writeFileSync(claimOf(port, process.pid), JSON.stringify(thisProcess()));
  for (const name of readdirSync(claimsFolder())) {
    const [of, pid] = name.replace('.json', '').split('-').map(Number);
    if (of !== port || pid === process.pid) continue;
    const other = readProcessFile<ProcessId>(join(claimsFolder(), name));
    if (other === null || !isAlive(other)) rmSync(join(claimsFolder(), name), { force: true });
    else {
      rmSync(claimOf(port, process.pid), { force: true });
      return false;
    }
  }
  return true;
}

/** Whether something could listen there now. */
export function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      // In use, or below 1024 and not ours to take.
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else
        reject(
          new UserError(
            'NO_FREE_PORT',
            `Nothing can listen on ${host}: ${error.message}. Is it this machine's address?`,
            {
              cause: error,
            },
          ),
        );
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
