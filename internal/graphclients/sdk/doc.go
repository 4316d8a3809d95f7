// Package sdk asks internal/graphtest with Microsoft's msgraph-sdk-go, as package graphclients describes it. It is a module of its own, so that
// nobody who imports readdress gets the SDK. From this folder:
//
//	go test -v .
//
// compares what the SDK gets with what graphconn gets (TestSDK), the schema of graphtest with the SDK's models (TestModels), and what
// resolving a user costs with either (TestCost).
//
// It is no part of .ci/run: the first build compiles the SDK, whose package of models alone has 3,000 files. With two cores that took 12 minutes
// beside other work (428 s of CPU) and 4.6 GB of memory, and leaves 1.4 GB in the build cache; the SDK is a download of 29 MB that unpacks to
// 300 MB.
//
// # What a resolved user costs
//
// 20,000 users, 1000 in a request, the same $select, the same server in another process, from the socket to values that can be read:
//
//	                   CPU       allocated      objects
//	graphconn           7.0 µs    1,424 bytes    13
//	msgraph-sdk-go     45.6 µs   21,602 bytes   288
//
// That is 6.5 times less CPU (5.5 to 6.5 in seven runs, on two cores that did other work too), and 15 times fewer bytes. TestCost prints the
// figures of the machine it runs on, and fails below 5 of either.
package sdk
