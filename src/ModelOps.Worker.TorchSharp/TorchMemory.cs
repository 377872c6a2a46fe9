using ModelOps.Engine.Numerics;

namespace ModelOps.Worker.Torch;

/// <summary>Between plain memory and tensors. A span has fewer than 2³¹ bytes, so larger tensors go row by row.</summary>
internal static unsafe class TorchMemory
{
    private const long Chunk = 1 << 30;

    /// <param name="at">Offset of the first byte.</param>
    public delegate void Reader(long at, ReadOnlySpan<byte> bytes);

    private delegate void Filler(long at, Span<byte> bytes);

    public static Tensor FromFloats(float* values, long[] shape, torch.Device device)
    {
        var tensor = Filled(shape, ScalarType.Float32, (at, bytes) => new ReadOnlySpan<byte>((byte*)values + at, bytes.Length).CopyTo(bytes));
        return device.type == DeviceType.CPU ? tensor : Moved(tensor, device);
    }

    /// <summary>f32 on the CPU.</summary>
    public static Tensor FromStream(Stream stream, long[] shape) => Filled(shape, ScalarType.Float32, (_, bytes) => stream.ReadExactly(bytes));

    /// <summary>A frozen matrix [out, in] as it is stored, in another type and on a device.</summary>
    public static Tensor FromMatrix(WeightMatrix matrix, TorchDevice device)
    {
        var type = matrix.Type switch
        {
            StorageType.F32 => ScalarType.Float32,
            StorageType.BF16 => ScalarType.BFloat16,
            StorageType.F16 => ScalarType.Float16,
            _ => throw new InvalidOperationException($"a matrix in {matrix.Type} was not refused"),
        };
        using var stored = Filled([matrix.Rows, matrix.Cols], type, (at, bytes) => new ReadOnlySpan<byte>(matrix.Data + at, bytes.Length).CopyTo(bytes));
        using var moved = stored.to(device.Device);
        return moved.to(device.Compute);
    }

    /// <summary>The bytes of an f32 tensor wherever it is, in pieces below 2 GiB.</summary>
    public static void Read(Tensor tensor, Reader read)
    {
        using var scope = torch.NewDisposeScope();
        var here = tensor.detach().cpu().contiguous();
        Pieces(here, sizeof(float), (at, bytes) => read(at, bytes));
    }

    /// <summary>Two tensors one after the other. TorchSharp has more overloads from version to version; the one for lists has always been there.</summary>
    public static Tensor Concatenate(Tensor first, Tensor second, long dimension)
    {
        IList<Tensor> both = [first, second];
        return torch.cat(both, dimension);
    }

    private static Tensor Filled(long[] shape, ScalarType type, Filler fill)
    {
        var tensor = torch.empty(shape, dtype: type, device: torch.device(DeviceType.CPU));
        Pieces(tensor, type == ScalarType.Float32 ? sizeof(float) : sizeof(ushort), fill);
        return tensor;
    }

    private static void Pieces(Tensor tensor, int elementSize, Filler use)
    {
        long rows = tensor.shape[0], width = tensor.numel() / rows * elementSize, step = Math.Max(1, Chunk / width);
        for (long row = 0; row < rows; row += step)
        {
            using var part = tensor.narrow(0, row, Math.Min(step, rows - row));
            use(row * width, part.bytes);
        }
    }

    private static Tensor Moved(Tensor tensor, torch.Device device)
    {
        using (tensor)
            return tensor.to(device);
    }
}
