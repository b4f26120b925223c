// Plays the steps that stand on standard input, a JSON array, through Vonage's Node SDK, and prints what came of each:
// a JSON array of the same length. Where it should go, and as whom, the environment says.
'use strict';

const { AlgorithmTypes } = require('@vonage/auth');
const { verifySignature } = require('@vonage/jwt');
const { Vonage } = require('@vonage/server-sdk');

const env = process.env;
const account = { apiKey: env.VONAGE_API_KEY, apiSecret: env.VONAGE_API_SECRET };
const application = { applicationId: env.VONAGE_APPLICATION_ID, privateKey: env.VONAGE_PRIVATE_KEY };
const hosts = { restHost: env.VONAGE_URL, apiHost: env.VONAGE_URL };

const byAccount = new Vonage(account, hosts);
const byApplication = new Vonage({ ...account, ...application }, hosts);

const ALGORITHMS = {
  md5hash: AlgorithmTypes.md5hash,
  md5: AlgorithmTypes.md5hmac,
  sha1: AlgorithmTypes.sha1hmac,
  sha256: AlgorithmTypes.sha256hmac,
  sha512: AlgorithmTypes.sha512hmac,
};

const steps = {
  async sms({ client_ref, ...message }) {
    const sent = await byAccount.sms.send({ ...message, ...(client_ref && { clientRef: client_ref }) });
    return { ids: sent.messages.map((part) => part.messageId), refs: sent.messages.map((part) => part.clientRef) };
  },
  async message({ as, client_ref, ...message }) {
    const vonage = as === 'application' ? byApplication : byAccount;
    const sms = { channel: 'sms', messageType: 'text', ...message, ...(client_ref && { clientRef: client_ref }) };
    return { id: (await vonage.messages.send(sms)).messageUUID };
  },
  async balance() {
    return { value: (await byAccount.accounts.getBalance()).value };
  },
  async settings({ inbound, receipts }) {
    const set = await byAccount.accounts.updateAccountCallbacks({ moCallBackUrl: inbound, drCallBackUrl: receipts });
    return { inbound: set['mo-callback-url'], receipts: set['dr-callback-url'], rate: set['max-outbound-request'] };
  },
  async numbers() {
    const { count, numbers } = await byAccount.numbers.getOwnedNumbers({});
    return { count, numbers: numbers.map(({ msisdn, country, moHttpUrl }) => [msisdn, country, moHttpUrl ?? null]) };
  },
  async search({ country }) {
    const { numbers } = await byAccount.numbers.getAvailableNumbers({ country, features: ['SMS'] });
    return { numbers: numbers.map(({ msisdn, cost }) => [msisdn, cost]) };
  },
  async buy({ country, msisdn }) {
    return { code: (await byAccount.numbers.buyNumber({ country, msisdn })).errorCode };
  },
  async link({ country, msisdn, url }) {
    return { code: (await byAccount.numbers.updateNumber({ country, msisdn, moHttpUrl: url })).errorCode };
  },
  async sig({ fields, secret, method }) {
    return { valid: byAccount.sms.verifySignature(fields.sig, fields, secret, ALGORITHMS[method]) };
  },
  async token({ token, secret }) {
    return { valid: verifySignature(token, secret) };
  },
};

// What the SDK's error tells its user.
function told(error) {
  const failed = error.getFailedMessages?.().map((part) => `${part.status} ${part.errorText}`) ?? [];
  const http = error.response?.status ? [`HTTP ${error.response.status}`] : [];
  return { error: error.constructor.name, says: [error.message, ...failed, ...http].join('; ') };
}

async function play() {
  let plan = '';
  for await (const piece of process.stdin) plan += piece;
  const outcomes = [];
  for (const { do: name, ...rest } of JSON.parse(plan)) {
    outcomes.push(await steps[name](rest).catch(told));
  }
  console.log(JSON.stringify(outcomes));
}

play();
