import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';

const KEY = randomBytes(32);
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts whole payloads, metadata too, as users' codecs do. */
export const encryptingCodec: PayloadCodec = {
  encode: async (payloads) =>
    payloads.map((payload) => {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', KEY, iv);
      const text = Buffer.concat([cipher.update(pack(payload)), cipher.final()]);
      return { metadata: { encoding: Buffer.from('binary/encrypted') }, data: Buffer.concat([iv, cipher.getAuthTag(), text]) };
    }),
  decode: async (payloads) =>
    payloads.map((payload) => {
      if (encodingOf(payload) !== 'binary/encrypted') return payload;
      const sealed = Buffer.from(payload.data ?? []);
      const decipher = createDecipheriv('aes-256-gcm', KEY, sealed.subarray(0, IV_BYTES));
      decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return unpack(Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]));
    }),
};

/** Makes ten bytes of each. */
export const growingCodec: PayloadCodec = {
  encode: async (payloads) =>
    payloads.map((payload) => {
      const packed = pack(payload);
      const grown = Buffer.alloc(packed.length * 10, 32);
      packed.copy(grown);
      return { metadata: { encoding: Buffer.from('binary/grown'), length: Buffer.from(String(packed.length)) }, data: grown };
    }),
  decode: async (payloads) =>
    payloads.map((payload) => {
      if (encodingOf(payload) !== 'binary/grown') return payload;
      const length = Number(Buffer.from(payload.metadata?.['length'] ?? []).toString());
      return unpack(Buffer.from(payload.data ?? []).subarray(0, length));
    }),
};

function pack({ metadata, data }: Payload): Buffer {
  const names = Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  const header = Buffer.from(JSON.stringify(names));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length);
  return Buffer.concat([length, header, data ?? Buffer.alloc(0)]);
}

function unpack(packed: Buffer): Payload {
  const end = 4 + packed.readUInt32BE(0);
  const names = JSON.parse(packed.subarray(4, end).toString()) as [string, string][];
  return {
    metadata: Object.fromEntries(names.map(([name, value]) => [name, Buffer.from(value, 'base64')])),
    data: packed.subarray(end),
  };
}

function encodingOf({ metadata }: Payload): string {
  return Buffer.from(metadata?.['encoding'] ?? []).toString();
}
