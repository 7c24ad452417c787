// A C ABI over libtorch: one door to every ATen operator (the dispatcher's boxed call), and the few things
// that are not operators. A tensor handle is a TensorImpl* that owns one reference; an undefined tensor is null.
// Functions that can fail return a sentinel (-1 or null) after storing the reason for toolchain_last_error.

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/version.h>

#include <atomic>
#include <cstring>
#include <string>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#define API extern "C" __attribute__((visibility("default")))

namespace {

enum Kind : int32_t {
    None, TensorValue, Int, Double, Bool, IntList, DoubleList, TensorList, String, Device, GeneratorValue,
    OptionalTensorList, Default
};

// Mirrored by TorchSharp.Native.Value: a kind, a length for lists and strings, and eight bytes of payload.
struct Value {
    int32_t kind;
    int32_t length;
    union {
        int64_t integer;
        double real;
        void* pointer;
    };
};

// The optional of this libtorch: its own class in 1.x, std::optional in 2.x.
using Preset = std::decay_t<decltype(std::declval<c10::Argument>().default_value())>;

struct Operator {
    c10::OperatorHandle handle;
    std::vector<Preset> defaults;
};

using Handle = c10::TensorImpl*;

constexpr int32_t Failure = -1;

thread_local std::string last_error;
std::atomic<int64_t> live_tensors{0};

#ifdef __GLIBC__
// A training step frees and allocates the same large buffers again and again. By default glibc gives them back to the
// kernel each time, and the page faults of getting them again cost up to a fifth of a step.
__attribute__((constructor)) void keep_freed_memory() {
    mallopt(M_MMAP_THRESHOLD, 256 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
}
#endif

at::Tensor borrow(void* handle) {
    if (handle == nullptr) return at::Tensor();
    return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim_copy(static_cast<Handle>(handle)));
}

Handle give(at::Tensor tensor) {
    if (!tensor.defined()) return nullptr;
    live_tensors.fetch_add(1, std::memory_order_relaxed);
    return tensor.unsafeReleaseTensorImpl();
}

std::vector<at::Tensor> borrow_all(void* const* handles, int64_t count) {
    std::vector<at::Tensor> tensors;
    tensors.reserve(count);
    for (int64_t i = 0; i < count; i++) tensors.push_back(borrow(handles[i]));
    return tensors;
}

c10::Device device_of(int64_t packed) {
    return c10::Device(static_cast<c10::DeviceType>(packed & 0xFF), static_cast<c10::DeviceIndex>(packed >> 8));
}

template <typename Result, typename Body>
Result guarded(Result failure, Body body) noexcept {
    try {
        return body();
    } catch (const c10::Error& error) {
        last_error = error.what_without_backtrace();
    } catch (const std::exception& error) {
        last_error = error.what();
    } catch (...) {
        last_error = "an unknown C++ exception";
    }
    return failure;
}

c10::IValue to_ivalue(const Value& value, const Operator& op, size_t position) {
    switch (value.kind) {
        case None: return c10::IValue();
        case TensorValue: return c10::IValue(borrow(value.pointer));
        case Int: return c10::IValue(value.integer);
        case Double: return c10::IValue(value.real);
        case Bool: return c10::IValue(value.integer != 0);
        case IntList: return c10::IValue(at::IntArrayRef(static_cast<const int64_t*>(value.pointer), value.length));
        case DoubleList: return c10::IValue(at::ArrayRef<double>(static_cast<const double*>(value.pointer), value.length));
        case TensorList: return c10::IValue(borrow_all(static_cast<void* const*>(value.pointer), value.length));
        case String: return c10::IValue(std::string(static_cast<const char*>(value.pointer), value.length));
        case Device: return c10::IValue(device_of(value.integer));
        case GeneratorValue: return c10::IValue(*static_cast<at::Generator*>(value.pointer));
        case OptionalTensorList: {
            c10::impl::GenericList list(c10::OptionalType::create(c10::TensorType::get()));
            for (auto& tensor : borrow_all(static_cast<void* const*>(value.pointer), value.length))
                list.push_back(tensor.defined() ? c10::IValue(tensor) : c10::IValue());
            return c10::IValue(std::move(list));
        }
        case Default:
            TORCH_CHECK(op.defaults.at(position).has_value(), op.handle.schema(), ": argument ", position, " has no default");
            return *op.defaults[position];
        default: TORCH_CHECK(false, "unknown argument kind ", value.kind);
    }
}

Value to_value(c10::IValue&& ivalue) {
    Value value{None, 0, {0}};
    if (ivalue.isTensor()) {
        value.kind = TensorValue;
        value.pointer = give(std::move(ivalue).toTensor());
    } else if (ivalue.isInt()) {
        value.kind = Int;
        value.integer = ivalue.toInt();
    } else if (ivalue.isDouble()) {
        value.kind = Double;
        value.real = ivalue.toDouble();
    } else if (ivalue.isBool()) {
        value.kind = Bool;
        value.integer = ivalue.toBool();
    } else if (ivalue.isTensorList()) {
        auto tensors = ivalue.toTensorVector();
        auto* handles = new void*[tensors.size()];
        for (size_t i = 0; i < tensors.size(); i++) handles[i] = give(std::move(tensors[i]));
        value.kind = TensorList;
        value.length = static_cast<int32_t>(tensors.size());
        value.pointer = handles;
    } else {
        TORCH_CHECK(ivalue.isNone(), "unsupported result type ", ivalue.tagKind());
    }
    return value;
}

}  // namespace

API const char* toolchain_last_error() { return last_error.c_str(); }
API const char* toolchain_torch_version() { return TORCH_VERSION; }
API int64_t toolchain_live_tensors() { return live_tensors.load(std::memory_order_relaxed); }

// Operators.

API Operator* toolchain_operator(const char* name, const char* overload) {
    return guarded(static_cast<Operator*>(nullptr), [&] {
        auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
        auto* op = new Operator{handle, {}};
        for (const auto& argument : handle.schema().arguments()) op->defaults.push_back(argument.default_value());
        return op;
    });
}

// Calls an operator; arguments beyond `count` take their schema defaults. With results == nullptr what the operator
// returns is dropped (in-place operators return their input). Gives the number of results, or -1.
API int32_t toolchain_call(const Operator* op, const Value* arguments, int32_t count, Value* results, int32_t capacity) {
    return guarded(Failure, [&]() -> int32_t {
        torch::jit::Stack stack;
        const auto expected = op->defaults.size();
        TORCH_CHECK(static_cast<size_t>(count) <= expected, op->handle.schema(), ": ", count, " arguments given");
        stack.reserve(expected);
        for (int32_t i = 0; i < count; i++) stack.push_back(to_ivalue(arguments[i], *op, i));
        for (size_t i = count; i < expected; i++) stack.push_back(to_ivalue(Value{Default, 0, {0}}, *op, i));
        op->handle.callBoxed(&stack);
        if (results == nullptr) return 0;
        TORCH_CHECK(stack.size() <= static_cast<size_t>(capacity), op->handle.schema(), ": more results than expected");
        for (size_t i = 0; i < stack.size(); i++) results[i] = to_value(std::move(stack[i]));
        return static_cast<int32_t>(stack.size());
    });
}

API void toolchain_free_list(void** handles) { delete[] handles; }

// Tensors.

API void toolchain_release(void* handle) {
    guarded(0, [&] {
        live_tensors.fetch_sub(1, std::memory_order_relaxed);
        c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(static_cast<Handle>(handle));
        return 0;
    });
}

API void* toolchain_alias(void* handle) { return give(borrow(handle)); }

API void* toolchain_tensor_copy_of(const void* data, const int64_t* sizes, int32_t dimensions, int8_t type) {
    return guarded(static_cast<void*>(nullptr), [&]() -> void* {
        auto tensor = at::empty(at::IntArrayRef(sizes, dimensions), at::TensorOptions(static_cast<at::ScalarType>(type)));
        if (tensor.nbytes() > 0) std::memcpy(tensor.data_ptr(), data, tensor.nbytes());
        return give(std::move(tensor));
    });
}

API void* toolchain_tensor_over(void* data, const int64_t* sizes, int32_t dimensions, int8_t type, void (*release)(void*), void* context) {
    return guarded(static_cast<void*>(nullptr), [&]() -> void* {
        return give(at::from_blob(data, at::IntArrayRef(sizes, dimensions), [release, context](void*) { release(context); },
            at::TensorOptions(static_cast<at::ScalarType>(type))));
    });
}

API int32_t toolchain_shape(void* handle, const int64_t** sizes) {
    const auto shape = static_cast<Handle>(handle)->sizes();
    *sizes = shape.data();
    return static_cast<int32_t>(shape.size());
}

API int32_t toolchain_strides(void* handle, const int64_t** strides) {
    return guarded(Failure, [&] {
        const auto steps = static_cast<Handle>(handle)->strides();
        *strides = steps.data();
        return static_cast<int32_t>(steps.size());
    });
}

API int64_t toolchain_numel(void* handle) { return static_cast<Handle>(handle)->numel(); }
API int64_t toolchain_element_size(void* handle) { return static_cast<int64_t>(static_cast<Handle>(handle)->dtype().itemsize()); }
API int8_t toolchain_dtype(void* handle) { return static_cast<int8_t>(c10::typeMetaToScalarType(static_cast<Handle>(handle)->dtype())); }
API int64_t toolchain_storage_offset(void* handle) { return static_cast<Handle>(handle)->storage_offset(); }

API int64_t toolchain_device(void* handle) {
    const auto device = static_cast<Handle>(handle)->device();
    return static_cast<int64_t>(device.type()) | (static_cast<int64_t>(device.index()) * 256);
}

API int32_t toolchain_is_contiguous(void* handle, int8_t format) {
    return guarded(Failure, [&]() -> int32_t {
        return borrow(handle).is_contiguous(static_cast<at::MemoryFormat>(format)) ? 1 : 0;
    });
}

API void* toolchain_data(void* handle) {
    return guarded(static_cast<void*>(nullptr), [&] { return borrow(handle).data_ptr(); });
}

// Autograd.

API int32_t toolchain_requires_grad(void* handle) {
    return guarded(Failure, [&]() -> int32_t { return borrow(handle).requires_grad() ? 1 : 0; });
}

API int32_t toolchain_set_requires_grad(void* handle, int32_t value) {
    return guarded(Failure, [&]() -> int32_t { return borrow(handle).set_requires_grad(value != 0), 0; });
}

API int32_t toolchain_is_leaf(void* handle) {
    return guarded(Failure, [&]() -> int32_t { return borrow(handle).is_leaf() ? 1 : 0; });
}

API int32_t toolchain_retain_grad(void* handle) {
    return guarded(Failure, [&]() -> int32_t { return borrow(handle).retain_grad(), 0; });
}

API int32_t toolchain_grad(void* handle, void** gradient) {
    return guarded(Failure, [&]() -> int32_t { return *gradient = give(borrow(handle).grad()), 0; });
}

API int32_t toolchain_set_grad(void* handle, void* gradient) {
    return guarded(Failure, [&]() -> int32_t { return borrow(handle).mutable_grad() = borrow(gradient), 0; });
}

API int32_t toolchain_backward(void* const* outputs, void* const* gradients, int32_t count, int32_t retain_graph, int32_t create_graph,
    void* const* inputs, int32_t input_count) {
    return guarded(Failure, [&]() -> int32_t {
        torch::autograd::backward(borrow_all(outputs, count), borrow_all(gradients, gradients == nullptr ? 0 : count),
            retain_graph != 0, create_graph != 0, borrow_all(inputs, input_count));
        return 0;
    });
}

API int32_t toolchain_gradients(void* const* outputs, void* const* gradients, int32_t count, void* const* inputs, int32_t input_count,
    int32_t retain_graph, int32_t create_graph, int32_t allow_unused, void** results) {
    return guarded(Failure, [&]() -> int32_t {
        auto found = torch::autograd::grad(borrow_all(outputs, count), borrow_all(inputs, input_count),
            borrow_all(gradients, gradients == nullptr ? 0 : count), retain_graph != 0, create_graph != 0, allow_unused != 0);
        for (size_t i = 0; i < found.size(); i++) results[i] = give(std::move(found[i]));
        return 0;
    });
}

API int32_t toolchain_grad_mode() { return c10::GradMode::is_enabled() ? 1 : 0; }
API void toolchain_set_grad_mode(int32_t enabled) { c10::GradMode::set_enabled(enabled != 0); }
API int32_t toolchain_is_inference_mode() { return c10::InferenceMode::is_enabled() ? 1 : 0; }
API void* toolchain_enter_inference_mode(int32_t enabled) { return new c10::InferenceMode(enabled != 0); }
API void toolchain_leave_inference_mode(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }

// Random numbers.

API int32_t toolchain_manual_seed(uint64_t seed) {
    return guarded(Failure, [&]() -> int32_t { return at::manual_seed(seed), 0; });
}

API at::Generator* toolchain_default_generator(int64_t device) {
    return guarded(static_cast<at::Generator*>(nullptr), [&] { return new at::Generator(at::globalContext().defaultGenerator(device_of(device))); });
}

API at::Generator* toolchain_new_generator(uint64_t seed, int64_t device) {
    return guarded(static_cast<at::Generator*>(nullptr), [&] {
        auto generator = at::globalContext().defaultGenerator(device_of(device)).clone();
        generator.set_current_seed(seed);
        return new at::Generator(std::move(generator));
    });
}

API void toolchain_release_generator(at::Generator* generator) { delete generator; }
API uint64_t toolchain_generator_seed(at::Generator* generator) { return generator->current_seed(); }

API int32_t toolchain_seed_generator(at::Generator* generator, uint64_t seed) {
    return guarded(Failure, [&]() -> int32_t {
        std::lock_guard<std::mutex> lock(generator->mutex());
        return generator->set_current_seed(seed), 0;
    });
}

API void* toolchain_generator_state(at::Generator* generator) {
    return guarded(static_cast<void*>(nullptr), [&]() -> void* {
        std::lock_guard<std::mutex> lock(generator->mutex());
        return give(generator->get_state());
    });
}

API int32_t toolchain_set_generator_state(at::Generator* generator, void* state) {
    return guarded(Failure, [&]() -> int32_t {
        std::lock_guard<std::mutex> lock(generator->mutex());
        return generator->set_state(borrow(state)), 0;
    });
}

// Threads, devices and switches.

API int32_t toolchain_num_threads() { return at::get_num_threads(); }
API int32_t toolchain_num_interop_threads() { return at::get_num_interop_threads(); }

API int32_t toolchain_set_num_threads(int32_t count) {
    return guarded(Failure, [&]() -> int32_t { return at::set_num_threads(count), 0; });
}

API int32_t toolchain_set_num_interop_threads(int32_t count) {
    return guarded(Failure, [&]() -> int32_t { return at::set_num_interop_threads(count), 0; });
}

API int32_t toolchain_cuda_devices() {
    return guarded(static_cast<int32_t>(0), [&]() -> int32_t {
        return c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA) ? c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA)->deviceCount() : 0;
    });
}

API int32_t toolchain_cuda_synchronize(int32_t index) {
    return guarded(Failure, [&]() -> int32_t { return at::detail::getCUDAHooks().deviceSynchronize(index), 0; });
}

API int32_t toolchain_has_cudnn() {
    return guarded(static_cast<int32_t>(0), [&]() -> int32_t { return at::globalContext().hasCuDNN() ? 1 : 0; });
}

API int32_t toolchain_matmul_tf32() { return at::globalContext().allowTF32CuBLAS() ? 1 : 0; }
API void toolchain_set_matmul_tf32(int32_t allow) { at::globalContext().setAllowTF32CuBLAS(allow != 0); }
API int32_t toolchain_cudnn_tf32() { return at::globalContext().allowTF32CuDNN() ? 1 : 0; }
API void toolchain_set_cudnn_tf32(int32_t allow) { at::globalContext().setAllowTF32CuDNN(allow != 0); }

API void toolchain_set_deterministic(int32_t mode, int32_t warn_only) {
    at::globalContext().setDeterministicAlgorithms(mode != 0, warn_only != 0);
}
