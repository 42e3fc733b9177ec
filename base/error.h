#pragma once

#include <stdexcept>
#include <string>

namespace ternsim {

/// Base of every error that a user can act on. Its message says what is wrong, where, and what would be right.
/// Library code throws; only `cli/` prints and exits.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A file (model, YAML, text) that cannot be used: missing, truncated, malformed, unknown key or type.
class InputError : public Error {
 public:
  using Error::Error;
};

/// A request that is well-formed but cannot be met: prompt longer than the context, impossible configuration.
class RequestError : public Error {
 public:
  using Error::Error;
};

/// Two descriptions of the machine disagree, or a conservation law is broken. Never the user's fault.
class MismatchError : public Error {
 public:
  using Error::Error;
};

}  // namespace ternsim
