# Reads every file below spinnaker/hal, and lists them.
path "secret/data/spinnaker/hal/*" {
  capabilities = ["read"]
}
path "secret/metadata/spinnaker/hal/*" {
  capabilities = ["list", "read"]
}
# OpenBao lists a whole tree with its versions in one request; HashiCorp's server has no such path.
path "secret/detailed-metadata/spinnaker/hal/*" {
  capabilities = ["scan"]
}
