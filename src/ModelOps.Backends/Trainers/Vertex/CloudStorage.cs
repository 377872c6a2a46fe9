using System.Net.Http.Headers;
using System.Security.Cryptography;
using ModelOps.Backends.Credentials;

namespace ModelOps.Backends.Trainers.Vertex;

/// <summary>
/// Objects of Google Cloud Storage, by its JSON API. An object is named by its content and put in one request, so it is there whole or not at all, and putting it
/// twice changes nothing.
/// </summary>
internal sealed class CloudStorage : IDisposable
{
    /// <summary>Google's own variable for another address of the storage: a gateway, or a server in tests.</summary>
    private const string UrlVariable = "STORAGE_EMULATOR_HOST", What = "the upload of the rows";

    private readonly ProviderClient _client;
    private readonly string _bucket, _folder;

    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS3138</c>: no bucket is named, or an address that a token must not be sent to.</exception>
    public CloudStorage(string trainer, TrainerConnection connection, ICredential credential)
    {
        string said = connection.Environment(VertexDescription.BucketVariable)?.Trim() ?? "";
        string[] parts = (said.StartsWith("gs://", StringComparison.OrdinalIgnoreCase) ? said[5..] : said).Trim('/').Split('/', 2);
        _bucket = parts[0].Length > 0 ? parts[0] : throw GoogleErrors.NoPlace("Rows are put into a bucket of Cloud Storage, and nothing says which.", $"{VertexDescription.BucketVariable} to its name, or to gs://name/folder");
        _folder = parts is [_, { Length: > 0 } folder] ? folder + "/" : "";
        _client = new ProviderClient(trainer, connection with { Url = UrlOf(connection.Environment(UrlVariable)?.Trim() ?? "") }, credential);
    }

    public void Dispose() => _client.Dispose();

    /// <summary>The object's address; null when it is not there with this content.</summary>
    public async Task<string?> FindAsync(TrainingFile file, CancellationToken cancellation)
    {
        string path = $"/storage/v1/b/{Uri.EscapeDataString(_bucket)}/o/{Uri.EscapeDataString(_folder + file.Name)}?fields=name,md5Hash";
        Reply reply = await _client.GetAsync("an object of the bucket", path, cancellation, missing: true).ConfigureAwait(false);
        return reply.Kind == ReplyKind.Done && reply.Body.Text("md5Hash") == Md5(file) ? AddressOf(file) : null;
    }

    public async Task<string> UploadAsync(TrainingFile file, CancellationToken cancellation)
    {
        string path = $"/upload/storage/v1/b/{Uri.EscapeDataString(_bucket)}/o?uploadType=media&name={Uri.EscapeDataString(_folder + file.Name)}";
        Reply reply = await _client.SendAsync(What, () =>
        {
            HttpRequestMessage upload = _client.Request(HttpMethod.Post, path);
            upload.Content = new ByteArrayContent(file.Content);
            upload.Content.Headers.ContentType = new MediaTypeHeaderValue("application/jsonl");
            return upload;
        }, cancellation).ConfigureAwait(false);
        return reply.Body.Text("md5Hash") == Md5(file) ? AddressOf(file) : throw TrainerErrors.GaveUp(_client.Trainer, What, "what arrived is not what was sent");
    }

    private string AddressOf(TrainingFile file) => $"gs://{_bucket}/{_folder}{file.Name}";

    private static Uri UrlOf(string said)
        => said.Length == 0 ? new Uri("https://storage.googleapis.com")
            : Uri.TryCreate(said.Contains("://", StringComparison.Ordinal) ? said : $"http://{said}", UriKind.Absolute, out Uri? url) && (url.Scheme == Uri.UriSchemeHttps || url.IsLoopback) ? url
            : throw GoogleErrors.NoPlace($"{UrlVariable} is no address to which a token may be sent.", "it to an https address, plain http only to this machine, or remove it");

    // What the storage itself computes of an object; nothing is protected by it.
#pragma warning disable CA5351
    private static string Md5(TrainingFile file) => Convert.ToBase64String(MD5.HashData(file.Content));
#pragma warning restore CA5351
}
