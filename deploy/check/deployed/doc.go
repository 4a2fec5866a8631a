// Package deployed reads what containers are started with: the compose file, as Compose does, and the Dockerfile, as BuildKit
// does. The tests of deploy/ look into it, and both who runs containers as processes, TestRunningCompose and `make cluster-demo`,
// have their commands and environment from here.
package deployed
