#include "tests/fuzz/yaml_mutator.h"

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace ternsim::fuzz {

namespace {

constexpr std::string_view kValues[] = {"0",
                                        "-1",
                                        "1",
                                        "3",
                                        "0.5",
                                        "1e300",
                                        "-1e-300",
                                        ".nan",
                                        ".inf",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        "4611686018427387904",
                                        "2147483648",
                                        "65536",
                                        "~",
                                        "\"\"",
                                        "true",
                                        "[]",
                                        "{}",
                                        "[1, 2, 3]",
                                        "{from: 1, to: 1e18, step: 1}",
                                        "{from: 1, to: 1e18, times: 1.0000001}",
                                        "{value: 1, unit: J}",
                                        "&a [*a]",
                                        "*a",
                                        "!!binary x",
                                        "0x10",
                                        "1_000",
                                        "\"\\u0000\\e[31m\"",
                                        "../../../etc/passwd",
                                        "row-bank-column-group-channel",
                                        "channel-row-bank-group-column"};
constexpr std::string_view kSyntax[] = {": ",  "- ", "? ", "|", ">",  "<<: *a", "---",
                                        "...", "\t", "#",  "'", "\"", "%",      ","};

class Mutation {
 public:
  Mutation(std::string_view text, std::uint64_t seed) : random_(seed) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
      lines_.emplace_back(text.substr(0, end));
      text.remove_prefix(end);
    }
  }

  std::string run() {
    for (std::uint64_t n = 1 + random_.below(3); n > 0 && !lines_.empty(); --n) change();
    std::string out;
    for (const std::string& line : lines_) out += line;
    return out;
  }

 private:
  std::size_t pick(std::size_t n) { return static_cast<std::size_t>(random_.below(n)); }

  /// Where the value of a line begins: behind "key: " or a comma; the line's end where it has none.
  std::size_t value_at(const std::string& line) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < line.size(); ++i)
      if (line[i] == ',' || ((line[i] == ':' || line[i] == '-') && i + 1 < line.size() && line[i + 1] == ' '))
        places.push_back(std::min(line.size(), i + (line[i] == ',' ? 1 : 2)));
    return places.empty() ? line.size() : places[pick(places.size())];
  }

  void change() {
    const std::size_t at = pick(lines_.size());
    std::string& line = lines_[at];
    const std::string other = lines_[pick(lines_.size())];
    switch (random_.below(9)) {
      case 0:
        lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 1:
        lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(at), other);
        break;
      case 2:
        line = other;
        break;
      case 3:
        line.insert(0, 1 + pick(4), ' ');
        break;
      case 4:
        line.erase(0, std::min(line.find_first_not_of(' '), std::size_t{2}));
        break;
      case 5:
        line.insert(pick(line.size() + 1), kSyntax[pick(std::size(kSyntax))]);
        break;
      case 6: {  // an override of this line's key
        const std::size_t colon = std::min(line.find(':'), line.size());
        const std::size_t key = std::min(line.find_first_not_of(' '), colon);
        const char* section = random_.below(2) == 0 ? "" : "matrix_unit.";
        lines_.push_back("--set " + (section + line.substr(key, colon - key)) + "=" +
                         std::string(kValues[pick(std::size(kValues))]));
        break;
      }
      default: {
        const std::size_t from = value_at(line);
        const std::size_t end = std::max(from, std::min(line.find_first_of(",}]#\n", from), line.size()));
        const std::size_t other_from = value_at(other);
        const bool telling = random_.below(4) != 0;
        line.replace(from, end - from,
                     telling ? std::string(kValues[pick(std::size(kValues))])
                             : other.substr(other_from, other.find_first_of(",}]#\n", other_from) - other_from));
      }
    }
  }

  std::vector<std::string> lines_;
  Random random_;
};

}  // namespace

std::string mutate_lines(std::string_view text, std::uint64_t seed) { return Mutation(text, seed).run(); }

}  // namespace ternsim::fuzz
