import { sha256 as hash } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * Of a text, in hex: also where there is no node:crypto, as in a workflow.
 * sha256('abc') // => 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
 */
export const sha256 = (text: string): string => bytesToHex(hash(utf8ToBytes(text)));
