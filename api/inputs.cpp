#include "ternsim/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "api/bodies.h"
#include "api/data_paths.h"
#include "base/error.h"
#include "base/library_lock.h"
#include "base/yaml.h"
#include "model/model_loader.h"
#include "model/shape_yaml.h"
#include "sim/reference_recorder.h"

namespace ternsim {

namespace {

std::vector<YamlOverride> overrides_of(const Settings& settings, const char* origin) {
  std::vector<YamlOverride> overrides;
  for (const auto& [key, value] : settings) overrides.push_back({key, value.text(), origin});
  return overrides;
}

Settings merged(Settings settings, const Settings& more) {
  for (const auto& [key, value] : more) settings.insert_or_assign(key, value);
  return settings;
}

MachineBody read_machine(std::filesystem::path path, Settings settings) {
  sim::AcceleratorConfig config =
      sim::load_accelerator(path, api::rtl_configs_path(), overrides_of(settings, "Machine::set"));
  return {std::move(path), std::move(settings), std::move(config)};
}

ModelBody read_shape(std::filesystem::path path, Settings settings) {
  model::Graph graph = model::Graph::build(model::load_shape(path, overrides_of(settings, "Model::set")));
  return {std::move(path), std::move(settings), std::move(graph), {}, {}};
}

ModelBody read_weights(std::filesystem::path path) {
  auto model = std::make_shared<const model::Model>(model::load_model(path));
  ModelBody body{std::move(path), {}, model::Graph::build(model->shape), {}, model};
  body.weights = sim::weight_table(body.graph, *model);
  return body;
}

WorkloadBody read_workload(std::filesystem::path path, Settings settings) {
  sim::Workload workload = sim::load_workload(path, overrides_of(settings, "Workload::set"));
  return {std::move(path), std::move(settings), std::move(workload)};
}

}  // namespace

std::string Value::text_of(double number) { return fmt::format("{}", number); }

Machine Machine::load(const std::string& name) {
  const LibraryLock inside;
  return Bodies::make<Machine>(read_machine(api::find_config("accelerators", name), {}));
}

std::vector<std::string> Machine::names() {
  const LibraryLock inside;
  return api::config_names("accelerators");
}

Machine& Machine::set(const std::string& key, const Value& value) { return set(Settings{{key, value}}); }

Machine& Machine::set(const Settings& settings) {
  const LibraryLock inside;
  return *this = Bodies::make<Machine>(read_machine(body_->path, merged(body_->settings, settings)));
}

std::string Machine::name() const { return body_->config.name; }
std::string Machine::yaml() const { return body_->config.yaml; }

Model Model::load(const std::string& name) {
  const LibraryLock inside;
  std::filesystem::path path = api::find_model(name);
  return Bodies::make<Model>(api::is_shape_file(path) ? read_shape(std::move(path), {})
                                                      : read_weights(std::move(path)));
}

std::vector<std::string> Model::names() {
  const LibraryLock inside;
  std::vector<std::string> names = api::config_names("models");
  names.insert(names.begin(), "embedded");
  return names;
}

Model& Model::set(const std::string& key, const Value& value) { return set(Settings{{key, value}}); }

Model& Model::set(const Settings& settings) {
  const LibraryLock inside;
  if (has_weights() && !settings.empty())
    throw RequestError(fmt::format("Model::set: {}: only a model given as a shape (YAML) has keys; {} has weights",
                                   settings.begin()->first, name()));
  if (has_weights()) return *this;
  return *this = Bodies::make<Model>(read_shape(body_->path, merged(body_->settings, settings)));
}

std::string Model::name() const { return body_->graph.shape.name; }
bool Model::has_weights() const { return body_->owner != nullptr; }
std::int64_t Model::ternary_weights() const { return body_->graph.ternary_weights(); }

Workload Workload::load(const std::string& name) {
  const LibraryLock inside;
  return Bodies::make<Workload>(read_workload(api::find_config("workloads", name), {}));
}

std::vector<std::string> Workload::names() {
  const LibraryLock inside;
  return api::config_names("workloads");
}

Workload& Workload::set(const std::string& key, const Value& value) { return set(Settings{{key, value}}); }

Workload& Workload::set(const Settings& settings) {
  const LibraryLock inside;
  return *this = Bodies::make<Workload>(read_workload(body_->path, merged(body_->settings, settings)));
}

std::string Workload::name() const { return body_->workload.name; }

Technology Technology::load(const std::string& name) {
  const LibraryLock inside;
  return Bodies::make<Technology>(TechnologyBody{energy::Technology::load(api::find_config("technologies", name))});
}

std::vector<std::string> Technology::names() {
  const LibraryLock inside;
  return api::config_names("technologies");
}

std::string Technology::name() const { return body_->technology.name(); }

}  // namespace ternsim
