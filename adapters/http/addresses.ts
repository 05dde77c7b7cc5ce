import { UserError } from '../../core/base/errors/errors.ts';
import { lookup as resolve, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

type Subnet = readonly [address: string, bits: number];

/** Link-local addresses, where machines of a cloud read their own credentials. */
const linkLocalNets: Subnet[] = [
  ['169.254.0.0', 16],
  ['100.100.100.200', 32], // Alibaba's
  ['168.63.129.16', 32], // Azure's
  ['192.0.0.192', 32], // Oracle's
  ['fe80::', 10],
  ['fd00:ec2::254', 128], // Amazon's
];
/** https://www.iana.org/assignments/iana-ipv4-special-registry and its sibling for IPv6. */
const privateNets: Subnet[] = [
  ...linkLocalNets,
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['::1', 128],
  ['fc00::', 7],
  ['ff00::', 8],
  // These contain an IPv4 address; nobody needs them to reach a public one.
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
];

/** The addresses that we never connect to. */
export interface Refusal {
  has(address: string): boolean;
  /** Their description, and what a person can do about it. */
  words: string;
  advice: string;
}

function refusalOf(nets: Subnet[], words: string, advice: string): Refusal {
  const list = new BlockList();
  for (const [address, bits] of nets) list.addSubnet(address, bits, address.includes(':') ? 'ipv6' : 'ipv4');
  // An IPv4 address written as IPv6 (::ffff:10.0.0.1) is checked against the IPv4 nets.
  return { has: (address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'), words, advice };
}

export const privateAddresses = refusalOf(
  privateNets,
  'an address of this machine or of a private network',
  'To allow it, set PERENNIAL_WEBHOOKS_PRIVATE=true where the server runs.',
);
export const linkLocalAddresses = refusalOf(
  [...linkLocalNets, ['64:ff9b::a9fe:0', 112], ['2002:a9fe::', 32]],
  "a link-local address, where a cloud keeps its machines' credentials",
  'To allow it, set PERENNIAL_SOURCES_LINK_LOCAL=true where the data worker runs.',
);

const refused = (host: string, { words, advice }: Refusal): UserError =>
  new UserError('ADDRESS_REFUSED', `${host} is ${words}. Nothing was sent there. ${advice}`);

/** Throws ADDRESS_REFUSED for a host that is a refused address; a name is checked when we connect to it. */
export function refuseAddress({ hostname }: URL, refusal: Refusal | null): void {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  if (refusal && isIP(address) !== 0 && refusal.has(address)) throw refused(hostname, refusal);
}

/** Resolves names for connections, so we connect to the address that was checked: a name can change in between. */
export const checkedLookup =
  (refusal: Refusal): LookupFunction =>
  (hostname, options, answer) =>
    resolve(hostname, options, (error, found: string | LookupAddress[], family) => {
      const addresses = typeof found === 'string' ? [found] : (found ?? []).map(({ address }) => address);
      if (!error && addresses.some((address) => refusal.has(address))) answer(refused(hostname, refusal), '');
      else answer(error, found, family);
    });
