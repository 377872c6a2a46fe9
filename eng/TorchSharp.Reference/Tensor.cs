namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor : IDisposable
    {
        public Span<byte> bytes => throw null!;
        public ScalarType dtype => throw null!;
        public Tensor? grad => throw null!;
        public long[] shape => throw null!;

        public void Dispose() => throw null!;
        public Tensor MoveToOuterDisposeScope() => throw null!;
        public long numel() => throw null!;
        public T item<T>()
            where T : unmanaged => throw null!;

        public Tensor requires_grad_(bool requires_grad = true) => throw null!;
        public Tensor detach() => throw null!;
        public Tensor clone() => throw null!;
        public Tensor cpu() => throw null!;
        public Tensor contiguous() => throw null!;
        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => throw null!;
        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => throw null!;

        public Tensor view(params long[] shape) => throw null!;
        public Tensor reshape(params long[] shape) => throw null!;
        public Tensor transpose(long dim0, long dim1) => throw null!;
        public Tensor unsqueeze(long dim) => throw null!;
        public Tensor narrow(long dim, long start, long length) => throw null!;
        public Tensor index_select(long dim, Tensor index) => throw null!;
        public Tensor gather(long dim, Tensor index) => throw null!;
        public Tensor triu(long diagonal = 0) => throw null!;

        public Tensor matmul(Tensor target) => throw null!;
        public Tensor square() => throw null!;
        public Tensor sqrt() => throw null!;
        public Tensor rsqrt() => throw null!;
        public Tensor silu() => throw null!;
        public Tensor sum(ScalarType? type = null) => throw null!;
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => throw null!;
        public Tensor argmax(long dim, bool keepdim = false) => throw null!;
        public Tensor softmax(long dim, ScalarType? dtype = null) => throw null!;
        public Tensor log_softmax(long dim, ScalarType? dtype = null) => throw null!;

        public Tensor copy_(Tensor source, bool nonBlocking = false) => throw null!;
        public Tensor zero_() => throw null!;
        public Tensor mul(Scalar target) => throw null!;
        public Tensor mul_(Scalar target) => throw null!;
        public Tensor add_(Scalar scalar) => throw null!;
        public Tensor add_(Tensor target, Scalar alpha) => throw null!;
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => throw null!;
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) => throw null!;

        public static Tensor operator +(Tensor left, Tensor right) => throw null!;
        public static Tensor operator +(Tensor left, double right) => throw null!;
        public static Tensor operator -(Tensor left, Tensor right) => throw null!;
        public static Tensor operator *(Tensor left, Tensor right) => throw null!;
        public static Tensor operator *(Tensor left, double right) => throw null!;
    }
}
