// An issuer and a wallet by another hand: @owf/mdoc, driven by the tests. An order as JSON on standard input, the answer on standard output.
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify, X509Certificate } from "node:crypto";
import { text } from "node:stream/consumers";
import { CoseKey, DeviceKey, DeviceRequest, Holder, Issuer, SessionTranscript, SignatureAlgorithm, Verifier } from "@owf/mdoc";

const bytes = (value) => Uint8Array.from(Buffer.from(value, "base64url"));
const ieee = (key) => ({ key, dsaEncoding: "ieee-p1363" });

const context = {
  crypto: {
    random: (length) => Uint8Array.from(randomBytes(length)),
    digest: ({ digestAlgorithm, bytes: data }) => Uint8Array.from(createHash(digestAlgorithm.replace("-", "")).update(data).digest()),
    calculateEphemeralMacKey: () => { throw new Error("no MAC in the profile"); },
  },
  cose: {
    sign1: {
      sign: ({ toBeSigned, key }) => Uint8Array.from(sign("sha256", toBeSigned, ieee(createPrivateKey({ key: key.jwk, format: "jwk" })))),
      verify: ({ key, sign1 }) => verify("sha256", sign1.toBeSigned, ieee(createPublicKey({ key: key.jwk, format: "jwk" })), sign1.signature),
    },
    mac0: {
      sign: () => { throw new Error("no MAC in the profile"); },
      verify: () => { throw new Error("no MAC in the profile"); },
    },
  },
  x509: {
    getIssuerNameField: ({ certificate, field }) => {
      const found = new X509Certificate(certificate).issuer.split("\n").filter((line) => line.startsWith(`${field}=`));
      return found.map((line) => line.slice(field.length + 1));
    },
    getPublicKey: ({ certificate }) => CoseKey.fromJwk(new X509Certificate(certificate).publicKey.export({ format: "jwk" })),
    verifyCertificateChain: ({ trustedCertificates, x5chain }) => {
      const leaf = new X509Certificate(x5chain[0]);
      if (!trustedCertificates.some((der) => leaf.verify(new X509Certificate(der).publicKey))) throw new Error("not trusted");
    },
    getCertificateData: ({ certificate }) => {
      const found = new X509Certificate(certificate);
      return {
        issuerName: found.issuer, subjectName: found.subject, serialNumber: found.serialNumber, thumbprint: found.fingerprint256,
        notBefore: new Date(found.validFrom), notAfter: new Date(found.validTo), pem: found.toString(),
      };
    },
  },
};

async function present({ chain, signerKey, deviceKey, ages, signed, validUntil, deviceRequest, handover }) {
  const issuer = new Issuer("eu.europa.ec.av.1", context);
  issuer.addIssuerNamespace("eu.europa.ec.av.1", ages);
  const issuerSigned = await issuer.sign({
    signingKey: CoseKey.fromJwk(signerKey),
    algorithm: SignatureAlgorithm.ES256,
    digestAlgorithm: "SHA-256",
    validityInfo: { signed: new Date(signed), validFrom: new Date(signed), validUntil: new Date(validUntil) },
    deviceKeyInfo: { deviceKey: DeviceKey.fromJwk(deviceKey.public) },
    certificates: chain.map(bytes),
  });
  const response = await Holder.createDeviceResponseForDeviceRequest(
    {
      deviceRequest: DeviceRequest.decode(bytes(deviceRequest)),
      sessionTranscript: await SessionTranscript.forOid4Vp(handover, context),
      issuerSigned: [issuerSigned],
      signature: { signingKey: CoseKey.fromJwk(deviceKey.private) },
    },
    context,
  );
  return { response: response.encodedForOid4Vp };
}

async function judge({ response, trusted, now, handover }) {
  await Verifier.verifyDeviceResponse(
    {
      deviceResponse: bytes(response),
      sessionTranscript: await SessionTranscript.forOid4Vp(handover, context),
      trustedCertificates: trusted.map(bytes),
      now: new Date(now),
    },
    context,
  );
  return { accepted: true };
}

const order = JSON.parse(await text(process.stdin));
process.stdout.write(JSON.stringify(await { present, judge }[order.do](order)));
