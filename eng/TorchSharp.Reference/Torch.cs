namespace TorchSharp;

public enum DeviceType
{
    CPU = 0,
    CUDA = 1,
}

public class Scalar : IDisposable
{
    public static implicit operator Scalar(int value) => throw null!;
    public static implicit operator Scalar(float value) => throw null!;
    public static implicit operator Scalar(double value) => throw null!;
    public void Dispose() => throw null!;
}

public sealed class DisposeScope : IDisposable
{
    public void Dispose() => throw null!;
}

public static partial class torch
{
    public static string __version__ => throw null!;

    public static Device device(DeviceType deviceType, int index = -1) => throw null!;
    public static DisposeScope NewDisposeScope() => throw null!;
    public static IDisposable no_grad() => throw null!;
    public static void set_num_threads(int num) => throw null!;
    public static Generator manual_seed(long seed) => throw null!;

    public static Tensor empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw null!;
    public static Tensor zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw null!;
    public static Tensor full(long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw null!;
    public static Tensor tensor(long[] dataArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw null!;
    public static Tensor tensor(float[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw null!;
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => throw null!;

    public enum ScalarType : sbyte
    {
        Int64 = 4,
        Float16 = 5,
        Float32 = 6,
        Float64 = 7,
        BFloat16 = 15,
    }

    public class Device
    {
        public DeviceType type => throw null!;
    }

    public class Generator
    {
    }

    public static partial class cuda
    {
        public static bool is_available() => throw null!;
    }

    public static partial class autograd
    {
        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) => throw null!;
    }

    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => throw null!;
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false) => throw null!;
        }
    }
}
