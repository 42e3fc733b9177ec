#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ternsim {

/// A setting's value as a configuration file would have it: from text or from a number ("8", 8, 0.5e9, true). The empty
/// text leaves the key out.
class Value {
 public:
  Value(const char* text) : text_(text) {}
  Value(std::string_view text) : text_(text) {}
  Value(std::string text) : text_(std::move(text)) {}
  template <typename Number, std::enable_if_t<std::is_arithmetic_v<Number>, int> = 0>
  Value(Number number) {
    if constexpr (std::is_same_v<Number, bool>)
      text_ = number ? "true" : "false";
    else if constexpr (std::is_integral_v<Number>)
      text_ = std::to_string(number);
    else
      text_ = text_of(static_cast<double>(number));
  }
  const std::string& text() const { return text_; }

 private:
  /// The fewest digits that read back to the same double.
  static std::string text_of(double number);

  std::string text_;
};

/// Values by key, dotted from the root of the file: {"matrix_unit.rows", 32}.
using Settings = std::map<std::string, Value>;

struct MachineBody;
struct ModelBody;
struct WorkloadBody;
struct TechnologyBody;

// What a simulation is made of. All four are values: a copy is independent of what it was made of, and cheap, since
// copies share what they have in common. An object has always been read and checked; a set() that throws leaves it as
// it was. Members may be called from several threads, those that change one object from one at a time.
//
// A configuration is named by the path of a file, or by the bare name of one that comes with ternsim; names() lists
// those. Files are read strictly. All of load(), set() and names() throw InputError: no such name or file (the nearest
// is named), an unknown key (the same), a wrong type, a value out of range.

/// An accelerator: a file of configs/accelerators.
class Machine {
 public:
  static Machine load(const std::string& name);
  static std::vector<std::string> names();

  /// Puts values in place of those of the file, as `--set` of the command does; an earlier value of the same key is
  /// replaced. Keys that constrain each other go into one call, which checks the whole. The file is read again, so
  /// it has to be where it was.
  Machine& set(const std::string& key, const Value& value);
  Machine& set(const Settings& settings);

  /// The file's own name with what was set: "edge-lpddr5x with dram.channels 8".
  std::string name() const;
  /// The file's text, with what was set as comments behind it.
  std::string yaml() const;

 private:
  friend struct Bodies;
  explicit Machine(std::shared_ptr<const MachineBody> body) : body_(std::move(body)) {}
  std::shared_ptr<const MachineBody> body_;
};

/// A model: a shape (a file of configs/models), or one with weights: "embedded", a GGUF or .safetensors file, or a
/// checkpoint's directory. With weights, zeros are counted where they are; a shape has the workload's shares of them.
class Model {
 public:
  static Model load(const std::string& name);
  static std::vector<std::string> names();

  /// As for a machine: {"context_length", 8192}. Throws RequestError for a model with weights, which has no keys.
  Model& set(const std::string& key, const Value& value);
  Model& set(const Settings& settings);

  std::string name() const;
  bool has_weights() const;
  /// Of all linear layers.
  std::int64_t ternary_weights() const;

 private:
  friend struct Bodies;
  explicit Model(std::shared_ptr<const ModelBody> body) : body_(std::move(body)) {}
  std::shared_ptr<const ModelBody> body_;
};

/// What the machine is asked to do: a file of configs/workloads.
class Workload {
 public:
  static Workload load(const std::string& name);
  static std::vector<std::string> names();

  /// As for a machine: {"decode_tokens", 16}, {"batch", 4}.
  Workload& set(const std::string& key, const Value& value);
  Workload& set(const Settings& settings);

  std::string name() const;

 private:
  friend struct Bodies;
  explicit Workload(std::shared_ptr<const WorkloadBody> body) : body_(std::move(body)) {}
  std::shared_ptr<const WorkloadBody> body_;
};

/// Prices of actions and areas: a file of configs/technologies, taken whole.
class Technology {
 public:
  static Technology load(const std::string& name);
  static std::vector<std::string> names();

  std::string name() const;

 private:
  friend struct Bodies;
  explicit Technology(std::shared_ptr<const TechnologyBody> body) : body_(std::move(body)) {}
  std::shared_ptr<const TechnologyBody> body_;
};

}  // namespace ternsim
