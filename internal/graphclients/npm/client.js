// Asks a Microsoft Graph by Microsoft's client for JavaScript. Each line of standard input is a question, {"do": name, "args": […]}; each
// line of standard output is its answer: {"value": …}, {"refusal": …} for what the service refused, or {"failure": text}.
// GRAPH_URL is the root of the service, GRAPH_TOKEN the token.
"use strict";
const readline = require("node:readline");
const { Client, PageIterator, BatchRequestContent, BatchResponseContent, GraphError } = require("@microsoft/microsoft-graph-client");

const root = process.env.GRAPH_URL;
const client = Client.initWithMiddleware({
	authProvider: { getAccessToken: async () => process.env.GRAPH_TOKEN },
	baseUrl: root + "/",
	customHosts: new Set([new URL(root).hostname]),
});
const selected = process.env.GRAPH_SELECT;

// collect follows the links of a collection with the client's own iterator.
async function collect(first) {
	const objects = [];
	const iterator = new PageIterator(client, first, (o) => objects.push(o) > 0);
	let pages = 1;
	const fetch = iterator.fetchAndUpdateNextPageData.bind(iterator);
	iterator.fetchAndUpdateNextPageData = () => { pages++; return fetch(); };
	await iterator.iterate();
	if (!iterator.isComplete()) {
		throw new Error("the iterator did not come to an end");
	}
	return { objects, pages, link: iterator.getDeltaLink() || "" };
}

const questions = {
	users: async (top) => collect(await client.api("/users").select(selected).top(top).get()),
	user: (id) => client.api(`/users/${id}`).select(selected).get(),
	byIDs: async (ids) => collect(await client.api("/directoryObjects/getByIds").query({ $select: selected }).post({ ids, types: ["user", "group"] })),
	delta: async (link) => collect(await (link ? client.api(link) : client.api("/users/delta").select(selected)).get()),
	deletedUsers: async () => collect(await client.api("/directory/deletedItems/microsoft.graph.user").select(selected).get()),
	organization: async () => (await client.api("/organization").select("id,displayName,verifiedDomains").get()).value[0],
	batch: async (paths) => {
		const steps = paths.map((path, i) => ({ id: String(i + 1), request: new Request(root + path) }));
		const content = await new BatchRequestContent(steps).getContent();
		const answers = new BatchResponseContent(await client.api("/$batch").post(content));
		return Promise.all(steps.map(async ({ id }) => {
			const response = answers.getResponseById(id);
			return { status: response.status, retryAfter: response.headers.get("Retry-After") || "", body: await response.json() };
		}));
	},
};

async function answer(line) {
	const question = JSON.parse(line);
	try {
		return { value: await questions[question.do](...question.args) };
	} catch (e) {
		if (!(e instanceof GraphError) || e.statusCode < 0) {
			return { failure: String((e && e.stack) || e) };
		}
		return { refusal: {
			status: e.statusCode, code: e.code || "", message: e.message, requestId: e.requestId || "",
			headerId: (e.headers && e.headers.get("request-id")) || "", date: e.date.toISOString(),
		} };
	}
}

(async () => {
	for await (const line of readline.createInterface({ input: process.stdin })) {
		process.stdout.write(JSON.stringify(await answer(line)) + "\n");
	}
})();
