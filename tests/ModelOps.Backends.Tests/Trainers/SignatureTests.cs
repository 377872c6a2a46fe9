using System.Text;
using ModelOps.Backends.Aws;
using ModelOps.Backends.Trainers;
using ModelOps.TestUtilities.Providers;

namespace ModelOps.Backends.Tests.Trainers;

/// <summary>Signature Version 4 against AWS's published vectors, and what is made of the answers that services sign nothing for.</summary>
public sealed class SignatureTests
{
    private const string Empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    // The secret of AWS's documentation, in two parts so that nobody takes it for one.
    private static readonly AwsCredentials s_who = new("AKIDEXAMPLE", "wJalrXUtnFEMI/" + "K7MDENG+bPxRfiCYEXAMPLEKEY", null);

    /// <summary>The suite that AWS publishes for those who write a signer (names as there).</summary>
    [Theory]
    [InlineData("get-vanilla", "GET", "/", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("post-vanilla", "POST", "/", "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")]
    [InlineData("post-vanilla-query", "POST", "/?Param1=value1", "", "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11")]
    [InlineData("get-vanilla-query-order-key-case", "GET", "/?Param2=value2&Param1=value1", "", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")]
    [InlineData("get-vanilla-query-order-value", "GET", "/?Param1=value2&Param1=value1", "", "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694")]
    [InlineData("get-vanilla-query-order-encoded", "GET", "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1", "", "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac")]
    [InlineData("get-vanilla-empty-query-key", "GET", "/?Param1=value1", "", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb")]
    [InlineData("get-vanilla-utf8-query", "GET", "/?ሴ=bar", "", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04")]
    [InlineData("get-vanilla-query-unreserved", "GET", "/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "", "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197")]
    [InlineData("get-unreserved", "GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "", "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f")]
    [InlineData("post-header-value-case", "POST", "/", "My-Header1:VALUE1", "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d")]
    [InlineData("get-header-value-trim", "GET", "/", "My-Header1: value1|My-Header2: \"a   b   c\"", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736")]
    [InlineData("post-x-www-form-urlencoded", "POST", "/", "Content-Type:application/x-www-form-urlencoded|=Param1=value1", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a")]
    public void A_request_is_signed_as_the_published_suite_has_it(string name, string method, string path, string more, string signature)
    {
        byte[] body = more.Contains("|=", StringComparison.Ordinal) ? Encoding.UTF8.GetBytes(more[(more.IndexOf("|=", StringComparison.Ordinal) + 2)..]) : [];
        IEnumerable<KeyValuePair<string, string>> headers = more.Split('|', StringSplitOptions.RemoveEmptyEntries).Where(h => h[0] != '=').Select(h => KeyValuePair.Create(h.Split(':', 2)[0], h.Split(':', 2)[1]))
            .Append(new("Host", "example.amazonaws.com")).Append(new("X-Amz-Date", "20150830T123600Z"));

        string said = SignatureV4.Authorization(method, new Uri("https://example.amazonaws.com" + path), headers, SignatureV4.Hash(body), s_who, new AwsScope("us-east-1", "service"), new DateTimeOffset(2015, 8, 30, 12, 36, 0, TimeSpan.Zero));

        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=", said, StringComparison.Ordinal);
        Assert.True(said.EndsWith($", Signature={signature}", StringComparison.Ordinal), $"{name}: {said}");
    }

    /// <summary>The examples of S3's documentation, whose paths are encoded once.</summary>
    [Theory]
    [InlineData("GET", "/test.txt", "range:bytes=0-9", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")]
    [InlineData("GET", "/?lifecycle", "", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")]
    [InlineData("GET", "/?max-keys=2&prefix=J", "", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    public void S3_is_signed_as_its_documentation_has_it(string method, string path, string header, string signature)
    {
        var who = new AwsCredentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/" + "K7MDENG/bPxRfiCYEXAMPLEKEY", null);
        IEnumerable<KeyValuePair<string, string>> headers = header.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(h => KeyValuePair.Create(h.Split(':')[0], h.Split(':')[1]))
            .Concat([new("host", "examplebucket.s3.amazonaws.com"), new("x-amz-content-sha256", Empty), new("x-amz-date", "20130524T000000Z")]);

        Assert.EndsWith(signature, SignatureV4.Authorization(
            method, new Uri("https://examplebucket.s3.amazonaws.com" + path), headers, Empty, who, new AwsScope("us-east-1", "s3"), new DateTimeOffset(2013, 5, 24, 0, 0, 0, TimeSpan.Zero)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_is_signed_with_the_rest()
    {
        KeyValuePair<string, string>[] headers = [new("Host", "example.amazonaws.com"), new("X-Amz-Date", "20150830T123600Z"), new("X-Amz-Security-Token", SessionToken)];

        Assert.EndsWith("SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8", SignatureV4.Authorization(
            "GET", new Uri("https://example.amazonaws.com/"), headers, Empty, s_who, new AwsScope("us-east-1", "service"), new DateTimeOffset(2015, 8, 30, 12, 36, 0, TimeSpan.Zero)), StringComparison.Ordinal);
    }

    // Of the suite.
    private const string SessionToken = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";

    [Theory]
    [InlineData("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchBucket</Code><Message>The bucket does not exist</Message><BucketName>b</BucketName></Error>", "NoSuchBucket", "The bucket does not exist")]
    [InlineData("\uFEFF<Error><Nested><Code>No</Code></Nested><Message>a &lt;b&gt; c</Message><Code>AccessDenied</Code></Error>", "AccessDenied", "a <b> c")]
    [InlineData("<Error><Code>SlowDown</Code><Message>Please redu", "SlowDown", "")]
    [InlineData("<html><body>502</body></html>", "", "<html><body>502</body></html>")]
    [InlineData("no XML", "", "no XML")]
    public void An_error_of_S3_is_read(string text, string code, string message) => Assert.Equal(new AwsError(code, message), AwsError.FromXml(text));

    [Fact]
    public void An_error_of_S3_brings_nothing_from_elsewhere()
    {
        string secret = Path.GetTempFileName();
        File.WriteAllText(secret, "canary");
        string[] texts =
        [
            $"<!DOCTYPE Error [<!ENTITY x SYSTEM \"file://{secret}\">]><Error><Code>A</Code><Message>&x;</Message></Error>",
            "<!DOCTYPE e [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]><Error><Message>&b;&b;&b;</Message></Error>",
        ];

        Assert.All(texts, text => Assert.Equal(new AwsError("", text), AwsError.FromXml(text)));
        File.Delete(secret);
    }

    [Fact]
    public void Whatever_comes_is_read_or_said()
    {
        const string Good = "<Error><Code>NoSuchKey</Code><Message>The key &amp; all</Message><Key>a</Key></Error>";
        var random = new Random(5);
        for (int i = 0; i < Soak.Count(3000, 100_000); i++)
        {
            char[] bad = Good.ToCharArray();
            bad[random.Next(bad.Length)] = (char)random.Next(1, 127);
            string text = new(bad, 0, random.Next(bad.Length + 1));
            Assert.NotNull(AwsError.FromXml(text).Message);
        }
    }

    [Theory]
    [InlineData("https://bedrock.us-west-2.amazonaws.com", "https://bedrock-runtime.us-west-2.amazonaws.com/", "us-west-2", "https://b.s3.us-west-2.amazonaws.com/k/x%20y")]
    [InlineData("https://bedrock-fips.us-gov-west-1.amazonaws.com/", "https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com/", "us-gov-west-1", "https://b.s3.us-gov-west-1.amazonaws.com/k/x%20y")]
    [InlineData("https://gateway.test/aws", "https://gateway.test/aws", "eu-west-3", "https://gateway.test/aws/b/k/x%20y")]
    public void One_address_says_where_all_services_are(string control, string runtime, string region, string stored)
    {
        AwsPlaces places = AwsPlaces.Of(new Uri(control), name => name == "AWS_REGION" ? "eu-west-3" : null);

        Assert.Equal((runtime, region, stored), (places.Runtime.AbsoluteUri, places.Region, places.Object("b", "k/x y").AbsoluteUri));
        Assert.StartsWith("https://s3.us-west-2.amazonaws.com/a.b/", AwsPlaces.Of(new Uri("https://bedrock.us-west-2.amazonaws.com"), _ => null).Object("a.b", "k").AbsoluteUri, StringComparison.Ordinal);
    }
}
