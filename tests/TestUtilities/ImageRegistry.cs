using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace ModelOps.TestUtilities;

/// <summary>A container registry in this process with one image, <see cref="Image"/>, that has nothing in it: what PublishContainer needs to put an app on.</summary>
public sealed class ImageRegistry : IDisposable
{
    private const string ManifestType = "application/vnd.docker.distribution.manifest.v2+json";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Dictionary<string, (string Type, byte[] Body)> _replies = new(StringComparer.Ordinal);

    public ImageRegistry()
    {
        (byte[] layer, string content) = EmptyLayer();
        byte[] config = Encoding.UTF8.GetBytes($$"""{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["{{content}}"]},"history":[{"created":"2020-01-01T00:00:00Z","created_by":"test"}]}""");
        byte[] manifest = Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{ManifestType}}",
             "config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":{{config.Length}},"digest":"{{DigestOf(config)}}"},
             "layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","size":{{layer.Length}},"digest":"{{DigestOf(layer)}}"}]}
            """);
        _replies["/v2/"] = ("application/json", "{}"u8.ToArray());
        _replies["/v2/base/manifests/1"] = _replies[$"/v2/base/manifests/{DigestOf(manifest)}"] = (ManifestType, manifest);
        _replies[$"/v2/base/blobs/{DigestOf(config)}"] = ("application/octet-stream", config);
        _replies[$"/v2/base/blobs/{DigestOf(layer)}"] = ("application/octet-stream", layer);
        _listener.Start();
        _ = Task.Run(ServeAsync);
    }

    public string Image => $"localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}/base:1";

    /// <summary>Unpacks every layer of an image's archive, one over the other, into <paramref name="folder"/>.</summary>
    public static void Extract(string archive, string folder)
    {
        Directory.CreateDirectory(folder);
        using var outer = new TarReader(Unzipped(File.ReadAllBytes(archive)));
        while (outer.GetNextEntry(copyData: true) is { } entry)
        {
            using var data = new MemoryStream();
            entry.DataStream?.CopyTo(data);
            if (data.Length > 2 && data.GetBuffer()[0] == 0x1F && data.GetBuffer()[1] == 0x8B)
            {
                TarFile.ExtractToDirectory(Unzipped(data.ToArray()), folder, overwriteFiles: true);
            }
        }
    }

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        while (true)
        {
            try
            {
                TcpClient client = await _listener.AcceptTcpClientAsync();
                _ = Task.Run(() => AnswerAsync(client));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    /// <summary>One request a connection. Clients try TLS first; its first byte is no letter, and they are turned away at once.</summary>
    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            NetworkStream stream = client.GetStream();
            var first = new byte[1];
            if (await stream.ReadAsync(first) == 0 || !char.IsAsciiLetter((char)first[0]))
            {
                return;
            }

            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            string[] request = ((char)first[0] + await reader.ReadLineAsync()).Split(' ');
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
            }

            bool found = _replies.TryGetValue(request[1], out (string Type, byte[] Body) reply);
            byte[] body = found ? reply.Body : [];
            string digest = found ? $"Docker-Content-Digest: {DigestOf(body)}\r\n" : "";
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {(found ? "200 OK" : "404 Not Found")}\r\nContent-Type: {reply.Type ?? "text/plain"}\r\n{digest}Content-Length: {body.Length}\r\nConnection: close\r\n\r\n"));
            if (request[0] != "HEAD")
            {
                await stream.WriteAsync(body);
            }
        }
    }

    private static (byte[] Zipped, string Content) EmptyLayer()
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, leaveOpen: true))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "tmp/"));
        }

        using var zipped = new MemoryStream();
        using (var zip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            zip.Write(tar.ToArray());
        }

        return (zipped.ToArray(), DigestOf(tar.ToArray()));
    }

    private static Stream Unzipped(byte[] bytes) => bytes is [0x1F, 0x8B, ..] ? new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress) : new MemoryStream(bytes);

    private static string DigestOf(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));
}
