import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The addresses on which a process listens by TCP over IPv4, from /proc. */
export function listenersOf(pid: number): { host: string; port: number }[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return []; // closed meanwhile
      }
    }),
  );
  const LISTEN = '0A';
  return readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      if (state !== LISTEN || !sockets.has(inode)) return [];
      const [address = '', port = ''] = local.split(':');
      const bytes = address.match(/../g) ?? [];
      return [{ host: bytes.map((byte) => parseInt(byte, 16)).reverse().join('.'), port: parseInt(port, 16) }]; // prettier-ignore
    });
}
