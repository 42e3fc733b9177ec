// A guard by name: this file is also installed as ternsim/error.h, and must count as the same there.
#ifndef TERNSIM_ERROR_H
#define TERNSIM_ERROR_H

#include <stdexcept>
#include <string>

namespace ternsim {

/// Base of every error that a user can act on. Its message says what is wrong, where, and what would be right. The
/// library throws; only the command prints and exits.
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

#endif
