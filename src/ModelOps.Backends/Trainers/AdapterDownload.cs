using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;

namespace ModelOps.Backends.Trainers;

/// <summary>From an archive that a provider sends to the two files of an adapter in PEFT's format. What is not whole is downloaded again, then refused.</summary>
internal static class AdapterDownload
{
    private const int MaxAttempts = 3;
    private static readonly string[] s_wanted = ["adapter_config.json", "adapter_model.safetensors"];

    /// <param name="download">Writes an archive with both to a file.</param>
    public static Task RunAsync(string trainer, string job, string folder, Func<string, Task<string>> download, CancellationToken cancellation)
    {
        string archive = Path.Combine(folder, "download.tmp");
        return RepeatAsync(trainer, job, folder, async () =>
        {
            try
            {
                await download(archive).ConfigureAwait(false);
                Unpack(archive, folder, () => TrainerErrors.NoDecompressor(trainer, job));
            }
            finally
            {
                File.Delete(archive);
            }
        }, cancellation);
    }

    /// <param name="download">Writes one of the two to the file of its name.</param>
    public static Task FilesAsync(string trainer, string job, string folder, Func<string, Task<string>> download, CancellationToken cancellation) => RepeatAsync(trainer, job, folder, async () =>
    {
        foreach (string file in s_wanted)
        {
            await download(Path.Combine(folder, file)).ConfigureAwait(false);
        }
    }, cancellation);

    private static async Task RepeatAsync(string trainer, string job, string folder, Func<Task> download, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            cancellation.ThrowIfCancellationRequested();
            Directory.CreateDirectory(folder);
            try
            {
                await download().ConfigureAwait(false);
                AdapterCheck.Check(folder);
                return;
            }
            catch (Exception e) when (e is InvalidDataException or EndOfStreamException or JsonException or FormatException)
            {
                foreach (string file in s_wanted)
                {
                    File.Delete(Path.Combine(folder, file));
                }

                if (attempt == MaxAttempts)
                {
                    throw TrainerErrors.BadDownload(trainer, job, e.Message);
                }
            }
        }
    }

    /// <summary>Takes the two files out of a tar, whatever folder they lie in there, and nothing else; names inside never become paths.</summary>
    private static void Unpack(string archive, string folder, Func<Exception> noDecompressor)
    {
        using Stream stream = Open(archive, noDecompressor);
        using var tar = new TarReader(stream);
        while (tar.GetNextEntry() is { } entry)
        {
            string name = entry.Name[(entry.Name.LastIndexOf('/') + 1)..];
            if (entry.DataStream is { } data && s_wanted.Contains(name, StringComparer.Ordinal))
            {
                using var target = new FileStream(Path.Combine(folder, name), FileMode.Create, FileAccess.Write);
                data.CopyTo(target);
            }
        }

        if (Array.Find(s_wanted, file => !File.Exists(Path.Combine(folder, file))) is { } missing)
        {
            throw new InvalidDataException($"the archive has no {missing}");
        }
    }

    private static Stream Open(string archive, Func<Exception> noDecompressor)
    {
        byte[] magic = new byte[4];
        using (FileStream head = File.OpenRead(archive))
        {
            head.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        }

        return magic switch
        {
            [0x1F, 0x8B, ..] => new GZipStream(File.OpenRead(archive), CompressionMode.Decompress),
            [0x28, 0xB5, 0x2F, 0xFD] => FromZstd(archive, noDecompressor),
            _ => File.OpenRead(archive),
        };
    }

    /// <summary>.NET has no reader of zstd; the system's program has.</summary>
    private static MemoryStream FromZstd(string archive, Func<Exception> noDecompressor)
    {
        try
        {
            using Process zstd = Process.Start(new ProcessStartInfo("zstd", ["-dcq", archive]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> said = zstd.StandardError.ReadToEndAsync();
            var plain = new MemoryStream();
            zstd.StandardOutput.BaseStream.CopyTo(plain);
            zstd.WaitForExit();
            plain.Position = 0;
            return zstd.ExitCode == 0 ? plain : throw new InvalidDataException($"zstd says: {said.Result}");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw noDecompressor();
        }
    }
}
