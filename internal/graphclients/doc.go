// Package graphclients proves internal/graphtest honest: clients of Microsoft Graph that others wrote ask it, and get what graphconn gets
// from the same server.
//
// [Check] is the comparison. A [Client] is how one client asks:
//
//   - Microsoft's client for JavaScript, the package @microsoft/microsoft-graph-client, in folder npm. It runs with the tests of this
//     package, and needs the Debian packages nodejs and npm.
//   - Microsoft's msgraph-sdk-go, in folder sdk: a module of its own, because the SDK takes minutes and gigabytes to build. Its package
//     comment says how it is run.
//
// What the clients are asked to do is what an application does with them: they follow links, wait after a refusal and take errors apart
// by their own code.
package graphclients
