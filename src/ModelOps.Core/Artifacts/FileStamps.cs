using System.Text;

namespace ModelOps.Core.Artifacts;

/// <summary>How a look keeps and trusts file stamps.</summary>
public static class FileStamps
{
    /// <summary>A file touched so close to the look may be written again within the clock's granularity (git's "racily clean" rule). Nanoseconds.</summary>
    private const long Granularity = 20_000_000;

    /// <summary>Whether the file may still change and look the same.</summary>
    public static bool IsRacyAt(this FileStamp stamp, DateTime lookUtc)
        => Math.Max(stamp.Modified, stamp.Changed) >= ((lookUtc - DateTime.UnixEpoch).Ticks * 100) - Granularity;

    /// <summary>As <see cref="ToText"/>, without a string in between.</summary>
    public static StringBuilder AppendTo(this FileStamp stamp, StringBuilder text)
        => text.Append(stamp.Size).Append('\t').Append(stamp.Modified).Append('\t').Append(stamp.Changed).Append('\t').Append(stamp.Inode).Append('\t').Append(stamp.Device);

    /// <summary>Its five numbers with tabs between them.</summary>
    public static string ToText(this FileStamp stamp) => stamp.AppendTo(new StringBuilder()).ToString();

    /// <summary>The five parts of <see cref="ToText"/>.</summary>
    public static bool TryParse(ReadOnlySpan<string> parts, out FileStamp stamp)
    {
        stamp = default;
        if (parts.Length != 5 || !long.TryParse(parts[0], out long size) || !long.TryParse(parts[1], out long modified)
            || !long.TryParse(parts[2], out long changed) || !ulong.TryParse(parts[3], out ulong inode) || !ulong.TryParse(parts[4], out ulong device))
        {
            return false;
        }

        stamp = new FileStamp(size, modified, changed, inode, device);
        return true;
    }
}
