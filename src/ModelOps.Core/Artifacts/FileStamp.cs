using System.Runtime.InteropServices;

namespace ModelOps.Core.Artifacts;

/// <summary>
/// What a look at a file says without reading it. On Linux (statx) all five are known; elsewhere the BCL gives size and modification time,
/// and the other fields are 0.
/// </summary>
/// <param name="Size">Bytes.</param>
/// <param name="Modified">Nanoseconds since 1970: last change of the content, as far as nobody sets it back.</param>
/// <param name="Changed">Nanoseconds since 1970: last change of content or attributes; no program can set it.</param>
/// <param name="Inode">Tells a replaced file from an edited one.</param>
public readonly partial record struct FileStamp(long Size, long Modified, long Changed, ulong Inode, ulong Device)
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint BasicStats = 0x7FF; // STATX_BASIC_STATS
    private static bool s_noStatx = !OperatingSystem.IsLinux();

    /// <summary>The stamp of a file, links followed; null when there is no such file.</summary>
    public static FileStamp? Of(string path)
    {
        if (!s_noStatx)
        {
            try
            {
                return OfLinux(path);
            }
            catch (EntryPointNotFoundException)
            {
                // A C library without statx.
                s_noStatx = true;
            }
        }

        var info = new FileInfo(path);
        return info.Exists ? new FileStamp(info.Length, (info.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks * 100, 0, 0, 0) : null;
    }

    // struct statx of <linux/stat.h>, the same on every architecture: mode at 28, inode at 32, size at 40, ctime at 96, mtime at 112
    // (seconds, then nanoseconds), device at 136.
    private static FileStamp? OfLinux(string path)
    {
        Span<byte> stat = stackalloc byte[256];
        const int isFolder = 0x4000, kind = 0xF000;
        if (Statx(CurrentFolder, path, 0, BasicStats, ref stat[0]) != 0 || (MemoryMarshal.Read<ushort>(stat[28..]) & kind) == isFolder)
        {
            return null;
        }

        return new FileStamp(
            MemoryMarshal.Read<long>(stat[40..]), Time(stat[112..]), Time(stat[96..]), MemoryMarshal.Read<ulong>(stat[32..]), MemoryMarshal.Read<ulong>(stat[136..]));
    }

    private static long Time(ReadOnlySpan<byte> at) => (MemoryMarshal.Read<long>(at) * 1_000_000_000) + MemoryMarshal.Read<uint>(at[8..]);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, ref byte stat);
}
