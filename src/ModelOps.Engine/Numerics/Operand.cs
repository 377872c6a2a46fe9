using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelOps.Engine.Numerics;

/// <summary>
/// One factor of a product, seen as lanes (rows of A, columns of B) by k, and how it is packed: a panel of <c>width</c> lanes becomes
/// [k, width] in f32, missing lanes zero.
/// </summary>
/// <param name="Elements">Where they lie, and in which format.</param>
/// <param name="Stride">Elements between rows in memory.</param>
/// <param name="KContiguous">Rows in memory are lanes, so packing transposes; otherwise rows in memory are steps of k.</param>
internal readonly unsafe record struct Operand(StoredElements Elements, long Stride, bool KContiguous)
{
    private const int Block = 8;

    // Steps lie a row apart, so each of them asks for the line of a later one.
    private const int StepsAhead = 16;

    public static Operand Of(float* data, long stride, bool kContiguous) => new(new StoredElements(StorageType.F32, (nint)data), stride, kContiguous);

    private bool IsFloat => Elements.Type == StorageType.F32;

    private float* Floats => (float*)Elements.Data;

    public void Pack(int lane, int lanes, int start, int length, float* panel, int width)
    {
        if (!KContiguous) CopyLanes(lane, lanes, start, length, panel, width);
        else if (IsFloat) PanelTranspose.Floats(Floats + lane * Stride + start, Stride, lanes, length, panel, width);
        else if (Elements.Type == StorageType.BF16 && lanes == width && width % Lanes.Count == 0 && PanelTranspose.IsWide)
            PanelTranspose.BFloat16((ushort*)Elements.Data + lane * Stride + start, Stride, length, panel, width);
        else
        {
            var rows = Scratch.Rows((long)lanes * length);
            for (var i = 0; i < lanes; i++) Elements.Expand((lane + i) * Stride + start, rows + (long)i * length, length);
            PanelTranspose.Floats(rows, length, lanes, length, panel, width);
        }
    }

    private void CopyLanes(int lane, int lanes, int start, int length, float* panel, int width)
    {
        var first = start * Stride + lane;
        if (lanes == width && IsFloat) CopyWholeLanes(Floats + first, length, panel, width);
        else if (lanes == width && Elements.Type == StorageType.BF16 && width % Lanes.Count == 0) CopyWholeLanes<Storage.BF16>(first, length, panel, width);
        else if (lanes == width && Elements.Type == StorageType.F16 && width % Lanes.Count == 0) CopyWholeLanes<Storage.F16>(first, length, panel, width);
        else
        {
            for (var p = 0; p < length; p++, first += Stride, panel += width)
            {
                Elements.Expand(first, panel, lanes);
                for (var i = lanes; i < width; i++) panel[i] = 0;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CopyWholeLanes(float* source, int length, float* panel, int width)
    {
        for (var p = 0; p < length; p++, source += Stride, panel += width)
        {
            for (var i = 0; i < width; i += Block) Vector256.Load(source + i).Store(panel + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CopyWholeLanes<TStored>(long first, int length, float* panel, int width)
        where TStored : struct, IStored
    {
        var source = (byte*)Elements.Data + first * TStored.Size;
        for (var p = 0; p < length; p++, source += Stride * TStored.Size, panel += width)
        {
            if (Sse.IsSupported) Sse.Prefetch0(source + StepsAhead * Stride * TStored.Size);
            for (var i = 0; i < width; i += Lanes.Count) TStored.Load(source + i * TStored.Size).Store(panel + i);
        }
    }
}
