using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Making;

/// <summary>Writes made rows and where they came from, and nothing over what is not ours.</summary>
public static class MadeFile
{
    /// <summary>To be asked before anything is paid or read.</summary>
    /// <exception cref="DiagnosticException"><c>MOPS1133</c>: the file has rows that this command did not make, or that were changed since.</exception>
    public static void RequireOurs(string file)
    {
        if (File.Exists(file) && new FileInfo(file).Length > 0 && MadeFrom.TryRead(file)?.Data != Digest.OfFile(file))
        {
            throw MakingErrors.NotOurs(file);
        }
    }

    /// <summary>Both files or, where the bytes are those of before, neither.</summary>
    /// <param name="about">What is known of the rows besides what they say of themselves.</param>
    /// <param name="mayBeEmpty">Rows may still come: without any, what an earlier run wrote is deleted.</param>
    /// <exception cref="DiagnosticException"><c>MOPS1132</c> to <c>MOPS1134</c>; nothing was written.</exception>
    public static MadeFrom Write(string file, MadeRows rows, MadeFrom about, IStageLog log, bool mayBeEmpty = false)
    {
        RequireOurs(file);
        byte[] bytes = rows.ToBytes(log);
        MadeFrom from = about with { Data = Digest.Of(bytes), Rows = rows.Count, Unreviewed = rows.Unreviewed, PassedOver = rows.PassedOver };
        if (rows.Count == 0)
        {
            if (!mayBeEmpty)
            {
                throw rows.Nothing();
            }

            foreach (string stale in new[] { file, MadeFrom.PathFor(file) }.Where(File.Exists))
            {
                File.Delete(stale);
            }

            return from;
        }

        // First where the rows come from: should the second write fail, the file is not taken for ours and stays.
        AtomicFile.WriteIfDifferent(MadeFrom.PathFor(file), from.ToBytes());
        AtomicFile.WriteIfDifferent(file, bytes);
        if (from.Unreviewed > 0)
        {
            log.Report(MakingErrors.Unreviewed(file, from.Unreviewed));
        }

        return from;
    }
}
