import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { issueCertificates } from '../../src/local-stack/temporal/certificates.js';

describe('the certificates of the embedded Temporal server', () => {
  const issued = issueCertificates('the-name');
  const authority = new X509Certificate(issued.authority);
  const server = new X509Certificate(issued.server.certificate);
  const client = new X509Certificate(issued.client.certificate);

  it('are issued by the authority, which is the only one that may issue', () => {
    for (const certificate of [authority, server, client]) {
      assert.ok(certificate.checkIssued(authority) && certificate.verify(authority.publicKey));
    }
    assert.deepEqual(
      [authority, server, client].map(({ ca }) => ca),
      [true, false, false],
    );
    assert.ok(!client.verify(new X509Certificate(issueCertificates('the-name').authority).publicKey));
  });

  it('fit their keys, their name and their purpose', () => {
    assert.ok(server.checkPrivateKey(createPrivateKey(issued.server.key)));
    assert.ok(client.checkPrivateKey(createPrivateKey(issued.client.key)));
    assert.equal(server.checkHost('the-name'), 'the-name');
    assert.equal(server.checkHost('another'), undefined);
    assert.deepEqual(server.keyUsage, ['1.3.6.1.5.5.7.3.1']);
    assert.deepEqual(client.keyUsage, ['1.3.6.1.5.5.7.3.2']);
  });

  it('are valid from a day ago for ten years, also when these end after 2049', () => {
    for (const now of ['2026-11-27T12:00:00Z', '2045-01-31T23:59:59Z', '2060-02-29T00:00:00Z']) {
      const { server } = issueCertificates('the-name', new Date(now));
      const { validFrom, validTo } = new X509Certificate(server.certificate);
      const day = 24 * 60 * 60 * 1000;
      assert.equal(Date.parse(validFrom), Date.parse(now) - day);
      assert.equal(Date.parse(validTo), Date.parse(now) + 3650 * day);
    }
  });
});
