/* Counts what nets do in iverilog: every change of a value, and the changes from one sample to the next.
 *
 *   $toggles_watch(scope)   from now on watch all nets of the scope
 *   $toggles_sample         end of a cycle: all values are settled
 *   $toggles_start          count from here; call behind a sample
 *   $toggles_write("file")  a line for each net: name, changes, changes between samples
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vpi_user.h>

struct net {
  vpiHandle handle;
  PLI_INT32 sampled;
  unsigned long changes, settled;
};
static struct net* nets;
static size_t count;

static PLI_INT32 on_change(struct t_cb_data* data) {
  nets[(size_t)data->user_data].changes++;
  return 0;
}

static PLI_INT32 value_of(vpiHandle net) {
  s_vpi_value value = {.format = vpiScalarVal};
  vpi_get_value(net, &value);
  return value.value.scalar;
}

static vpiHandle first_argument(void) {
  vpiHandle arguments = vpi_iterate(vpiArgument, vpi_handle(vpiSysTfCall, NULL));
  vpiHandle argument = vpi_scan(arguments);
  vpi_free_object(arguments);
  return argument;
}

static PLI_INT32 watch(PLI_BYTE8* unused) {
  (void)unused;
  vpiHandle scope = first_argument();
  for (int pass = 0; pass < 2; ++pass) {
    vpiHandle all = vpi_iterate(vpiNet, scope);
    vpiHandle net;
    size_t n = 0;
    while (all && (net = vpi_scan(all))) {
      if (vpi_get(vpiSize, net) != 1) continue;
      if (pass == 1) nets[n].handle = net;
      ++n;
    }
    if (pass == 0) nets = calloc(n ? n : 1, sizeof *nets);
    count = n;
  }
  for (size_t n = 0; n < count; ++n) {
    s_vpi_value value = {.format = vpiSuppressVal};
    s_vpi_time time = {.type = vpiSuppressTime};
    s_cb_data data = {.reason = cbValueChange,
                      .cb_rtn = on_change,
                      .obj = nets[n].handle,
                      .time = &time,
                      .value = &value,
                      .user_data = (PLI_BYTE8*)n};
    vpi_register_cb(&data);
  }
  return 0;
}

static PLI_INT32 sample(PLI_BYTE8* unused) {
  (void)unused;
  for (size_t n = 0; n < count; ++n) {
    const PLI_INT32 value = value_of(nets[n].handle);
    nets[n].settled += value != nets[n].sampled;
    nets[n].sampled = value;
  }
  return 0;
}

static PLI_INT32 start(PLI_BYTE8* unused) {
  (void)unused;
  for (size_t n = 0; n < count; ++n) nets[n].changes = nets[n].settled = 0;
  return 0;
}

static PLI_INT32 write_counts(PLI_BYTE8* unused) {
  (void)unused;
  s_vpi_value name = {.format = vpiStringVal};
  vpi_get_value(first_argument(), &name);
  FILE* file = fopen(name.value.str, "w");
  if (!file) {
    vpi_printf("ERROR: cannot write %s\n", name.value.str);
    return 0;
  }
  for (size_t n = 0; n < count; ++n)
    fprintf(file, "%s %lu %lu\n", vpi_get_str(vpiName, nets[n].handle), nets[n].changes, nets[n].settled);
  fclose(file);
  return 0;
}

static void register_tasks(void) {
  static const struct {
    const char* name;
    PLI_INT32 (*call)(PLI_BYTE8*);
  } tasks[] = {{"$toggles_watch", watch},
               {"$toggles_sample", sample},
               {"$toggles_start", start},
               {"$toggles_write", write_counts}};
  for (size_t t = 0; t < sizeof tasks / sizeof *tasks; ++t) {
    s_vpi_systf_data data = {.type = vpiSysTask, .tfname = (PLI_BYTE8*)tasks[t].name, .calltf = tasks[t].call};
    vpi_register_systf(&data);
  }
}

void (*vlog_startup_routines[])(void) = {register_tasks, NULL};
