/**
 * Certificates for mutual TLS between the embedded Temporal server and its clients. Node makes keys and signatures, but
 * no certificates, so the few fields that they need (RFC 5280) are encoded here.
 */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** A certificate and its private key, as PEM. */
export interface CertificatePair {
  readonly certificate: string;
  readonly key: string;
}

export interface Certificates {
  /** The certificate that both others are checked against. Its key is discarded, so nobody can issue another one. */
  readonly authority: string;
  readonly server: CertificatePair;
  readonly client: CertificatePair;
}

/**
 * Ten years: longer than any host runs, because a running host does not renew them. A shorter time would protect
 * nothing: the next start makes new keys, and from then on nobody accepts these.
 */
const VALID_MS = 10 * 365 * 24 * 60 * 60 * 1000;
/** A clock may be set back after the start, by at most a time zone when a dual-boot machine corrects it. */
const BACKDATED_MS = 24 * 60 * 60 * 1000;

/** Issues certificates with new keys. @param serverName the name that clients check the server's certificate for */
export function issueCertificates(serverName: string, now: Date = new Date()): Certificates {
  const authority = newKeys();
  const issue = (name: string, subject: Keys, extensions: readonly Buffer[]): string =>
    encodeCertificate({ name, subject: subject.publicKey, issuer: authority, extensions, now });
  const [server, client] = [newKeys(), newKeys()];
  return {
    authority: issue(AUTHORITY_NAME, authority, AUTHORITY_EXTENSIONS),
    server: {
      certificate: issue(serverName, server, [...leafExtensions(SERVER_AUTH), subjectName(serverName)]),
      key: pem('PRIVATE KEY', server.privateKey.export({ type: 'pkcs8', format: 'der' })),
    },
    client: {
      certificate: issue('leadwright client', client, leafExtensions(CLIENT_AUTH)),
      key: pem('PRIVATE KEY', client.privateKey.export({ type: 'pkcs8', format: 'der' })),
    },
  };
}

interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function newKeys(): Keys {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

const AUTHORITY_NAME = 'leadwright';

// DER tags.
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
/** Context tag 0, constructed: the version. */
const VERSION = 0xa0;
/** Context tag 3, constructed: the extensions. */
const EXTENSIONS = 0xa3;
/** Context tag 2, primitive: a DNS name among the alternative names. */
const DNS_NAME = 0x82;
/** Context tag 0, primitive: the identifier of the issuer's key. */
const KEY_ID = 0x80;

const TRUE = Buffer.from([0x01, 0x01, 0xff]);

/** Object ids, as the bytes that follow tag and length. */
const oid = (hex: string) => der(OBJECT_ID, Buffer.from(hex, 'hex'));
const ECDSA_WITH_SHA256 = der(SEQUENCE, oid('2a8648ce3d040302'));
const COMMON_NAME = oid('550403');
const SUBJECT_KEY_ID = oid('551d0e');
const KEY_USAGE = oid('551d0f');
const ALTERNATIVE_NAME = oid('551d11');
const BASIC_CONSTRAINTS = oid('551d13');
const AUTHORITY_KEY_ID = oid('551d23');
const EXTENDED_KEY_USAGE = oid('551d25');
const SERVER_AUTH = oid('2b06010505070301');
const CLIENT_AUTH = oid('2b06010505070302');

const AUTHORITY_EXTENSIONS = [
  extension(BASIC_CONSTRAINTS, true, der(SEQUENCE, TRUE)),
  // keyCertSign
  extension(KEY_USAGE, true, der(BIT_STRING, Buffer.from([2, 0x04]))),
];

function leafExtensions(purpose: Buffer): Buffer[] {
  return [
    extension(BASIC_CONSTRAINTS, true, der(SEQUENCE)),
    // digitalSignature
    extension(KEY_USAGE, true, der(BIT_STRING, Buffer.from([7, 0x80]))),
    extension(EXTENDED_KEY_USAGE, false, der(SEQUENCE, purpose)),
  ];
}

function subjectName(dnsName: string): Buffer {
  return extension(ALTERNATIVE_NAME, false, der(SEQUENCE, der(DNS_NAME, Buffer.from(dnsName, 'latin1'))));
}

function extension(id: Buffer, isCritical: boolean, value: Buffer): Buffer {
  return der(SEQUENCE, id, ...(isCritical ? [TRUE] : []), der(OCTET_STRING, value));
}

function encodeCertificate(options: {
  readonly name: string;
  readonly subject: KeyObject;
  readonly issuer: Keys;
  readonly extensions: readonly Buffer[];
  readonly now: Date;
}): string {
  const start = options.now.getTime();
  const content = der(
    SEQUENCE,
    // Version 3.
    der(VERSION, der(INTEGER, Buffer.from([2]))),
    // Positive, because the first bit is unset, and without a leading zero byte.
    der(INTEGER, Buffer.from([0x40]), randomBytes(15)),
    ECDSA_WITH_SHA256,
    distinguishedName(AUTHORITY_NAME),
    der(SEQUENCE, time(new Date(start - BACKDATED_MS)), time(new Date(start + VALID_MS))),
    distinguishedName(options.name),
    options.subject.export({ type: 'spki', format: 'der' }),
    der(EXTENSIONS, der(SEQUENCE, ...keyIdentifiers(options), ...options.extensions)),
  );
  const signature = sign('sha256', content, options.issuer.privateKey);
  const certificate = der(SEQUENCE, content, ECDSA_WITH_SHA256, der(BIT_STRING, Buffer.from([0]), signature));
  return pem('CERTIFICATE', certificate);
}

/** Strict clients ask for them, although there is one issuer only. */
function keyIdentifiers(options: { readonly subject: KeyObject; readonly issuer: Keys }): Buffer[] {
  const identify = (key: KeyObject) =>
    createHash('sha256')
      .update(key.export({ type: 'spki', format: 'der' }))
      .digest()
      .subarray(0, 20);
  return [
    extension(SUBJECT_KEY_ID, false, der(OCTET_STRING, identify(options.subject))),
    extension(AUTHORITY_KEY_ID, false, der(SEQUENCE, der(KEY_ID, identify(options.issuer.publicKey)))),
  ];
}

function distinguishedName(commonName: string): Buffer {
  return der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(commonName)))));
}

/** RFC 5280 wants two digits of the year before 2050, and four from then on. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050
    ? der(UTC_TIME, Buffer.from(digits.slice(2)))
    : der(GENERALIZED_TIME, Buffer.from(digits));
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...derLength(content.length)]), content]);
}

/** The length's bytes. Nothing in these certificates has more than 65,535 bytes. */
function derLength(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
