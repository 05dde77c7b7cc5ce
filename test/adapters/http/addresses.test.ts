import { linkLocalAddresses, privateAddresses, refuseAddress } from '../../../adapters/http/addresses.ts';
import { createHttpClient } from '../../../adapters/http/client.ts';
import { say, scriptedApi } from '../../support/outside/http-api.ts';
import assert from 'node:assert/strict';

const metadata = [
  'http://169.254.169.254/latest/meta-data/',
  'http://2852039166/', // as one number
  'http://0xa9.0xfe.0xa9.0xfe/',
  'http://0251.0376.0251.0376/', // octal
  'http://169.16689662/',
  'http://[::ffff:169.254.169.254]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[fe80::1]/',
  'http://[fd00:ec2::254]/',
];
const nearby = [
  'http://127.0.0.1/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://0177.0.0.1/',
  'http://0/',
  'http://10.1.2.3/',
  'http://172.31.0.1/',
  'http://192.168.1.1/',
  'http://100.64.0.1/',
  'http://[::1]/',
  'http://[::]/',
  'http://[::ffff:10.1.2.3]/',
  'http://[fd12:3456::1]/',
];
const abroad = [
  'http://93.184.216.34/',
  'http://172.32.0.1/',
  'http://[2606:2800:220:1::1]/',
  'http://[::ffff:8.8.8.8]/',
];

describe('refused addresses', () => {
  const refuses = (refusal: typeof privateAddresses, url: string): boolean => {
    try {
      refuseAddress(new URL(url), refusal);
      return false;
    } catch (error) {
      assert.equal((error as { code: string }).code, 'ADDRESS_REFUSED');
      return true;
    }
  };

  it('are link-local ones for sources, however they are written', () => {
    assert.deepEqual(
      metadata.filter((url) => !refuses(linkLocalAddresses, url)),
      [],
    );
    assert.deepEqual(
      [...nearby, ...abroad].filter((url) => refuses(linkLocalAddresses, url)),
      [],
    );
  });

  it('include this machine and private networks for web hooks', () => {
    assert.deepEqual(
      [...metadata, ...nearby].filter((url) => !refuses(privateAddresses, url)),
      [],
    );
    assert.deepEqual(
      abroad.filter((url) => refuses(privateAddresses, url)),
      [],
    );
  });

  it('are refused at the moment of connecting when a name resolves to one', async () => {
    const api = await scriptedApi((_query, response) => say(response, 200, {}));
    const ask = (refusal: typeof privateAddresses | null) =>
      createHttpClient({ refusal, keepAlive: false })(new URL(api.url.replace('127.0.0.1', 'localhost')), {
        headers: {},
        signal: new AbortController().signal,
        most: 100,
      });
    await assert.rejects(ask(privateAddresses), {
      code: 'ADDRESS_REFUSED',
      message: /^localhost is an address of this machine/,
    });
    assert.equal(api.asked.length, 0);
    assert.equal((await ask(null)).status, 200);
    await api.close();
  });
});
